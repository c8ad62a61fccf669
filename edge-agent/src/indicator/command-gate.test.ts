import { describe, expect, test } from 'vitest';
import { commandGate, commandRefusalText } from './command-gate.ts';
import { commandVerdict } from './command-verdict.ts';
import { indicatorOf } from './models.ts';
import type { Reading } from './reading.ts';

const { commands } = indicatorOf({ model: 'mt-continuous' });
const resting: Reading = {
  value: '12340',
  unit: 'kg',
  stable: true,
  overload: false,
  underload: false,
  mode: 'gross',
  zero: null,
};
const gateOf = (
  command: 'zero' | 'tare' | 'clear_tare' | 'print',
  facts: Partial<Reading> | null,
  isStable = true,
) =>
  commandGate(command, commands, {
    reading: facts === null ? null : { ...resting, ...facts },
    isStable,
    maxKg: 60_000,
  })?.code ?? 'allowed';

describe('a command is allowed', () => {
  test.each<[Parameters<typeof gateOf>, string]>([
    [['zero', { value: '2400' }], 'allowed'],
    [['zero', { value: '-2400' }], 'allowed'],
    [['zero', { value: '2.401', unit: 't' }], 'outside_zero_range'],
    [['zero', { value: '-2401' }], 'outside_zero_range'],
    [['zero', { value: '0', unit: null }], 'unit_unknown'],
    [['zero', { value: '0', mode: 'net' }], 'not_gross'],
    [['zero', { value: '20' }, false], 'not_stable'],
    [['tare', {}], 'allowed'],
    [['tare', { value: '0' }], 'nothing_to_tare'],
    [['tare', { value: '-20' }], 'nothing_to_tare'],
    [['tare', { value: '100', mode: 'net', gross: '0' }], 'nothing_to_tare'],
    [['tare', {}, false], 'not_stable'],
    [['clear_tare', { mode: 'net' }], 'allowed'],
    [['print', {}], 'allowed'],
    [['print', {}, false], 'not_stable'],
    [['print', null], 'no_reading'],
    [['tare', { value: null, overload: true, stable: false }], 'unusable_reading'],
  ])('%j: %s', (given, expected) => {
    expect(gateOf(...given)).toBe(expected);
  });

  test('only when the protocol has it, and the words name those it has', () => {
    const refusal = commandGate(
      'zero',
      { print: Buffer.from('P') },
      { reading: resting, isStable: true, maxKg: 1 },
    );
    expect(refusal).toEqual({ code: 'no_such_command', has: ['print'] });
    expect(refusal === null ? '' : commandRefusalText(refusal)).toContain('It takes: print.');
    expect(commandRefusalText({ code: 'no_such_command', has: [] })).toContain('its own keys');
  });
});

describe('what a frame says about a command', () => {
  const answer = (facts: Record<string, string | number>) => ({ kind: 'answer', facts }) as const;
  const sent = Buffer.from('Z\r\n');
  test.each([
    [answer({ ack: 'Z', code: 'A' }), 'done'],
    [answer({ ack: 'Z', code: 'I' }), 'refused'],
    [answer({ ack: 'Z', code: '+' }), 'refused'],
    [answer({ ack: 'OK' }), 'done'],
    [answer({ ack: 'T', code: 'A' }), undefined],
    [answer({ error: 'syntax' }), 'refused'],
    [answer({ exception: 4 }), 'refused'],
    [answer({ info: 'I4', code: 'A' }), undefined],
    [{ kind: 'reading', reading: { ...resting, value: '0' } } as const, 'done'],
    [{ kind: 'reading', reading: resting } as const, undefined],
    [{ kind: 'reading', reading: { ...resting, value: null } } as const, undefined],
  ])('%j after zero: %s', (decoded, outcome) => {
    expect(commandVerdict('zero', sent, resting, decoded)?.outcome).toBe(outcome);
  });

  test('a zero that was there before shows nothing', () => {
    const zero = { ...resting, value: '0' };
    expect(commandVerdict('zero', sent, zero, { kind: 'reading', reading: zero })).toBeNull();
  });
});
