import { type RemoteSettings, remoteSettingSchema, type SettingsOrder } from '@weighgate/protocol';
import { describe, expect, test } from 'vitest';
import { type Config, parseConfig } from './config.ts';
import { judgeSettings } from './judge-settings.ts';
import { sealableParametersOf } from './sealable-parameters.ts';

const text = (more: string) => `site: DEMO
device: gate-1
dataDir: /tmp/none
scales: [{ id: north, line: { kind: tcp, port: 1 }, indicator: { model: mt-continuous } }]
${more}`;
const printer = 'printer: { kind: escpos-tcp, host: 192.168.1.50, language: ar, whenPaperOut: block }';
const configOf = (more: string, settings: RemoteSettings = {}) =>
  parseConfig('edge.yaml', text(more), settings);

function judge(settings: SettingsOrder['settings'], more = printer, wellNow = ['cloud', 'scale north']) {
  const config: Config = configOf(more);
  const parts = { config, configWith: (given: RemoteSettings) => configOf(more, given), wellNow };
  return judgeSettings({ kind: 'settings', version: 1, settings }, parts);
}

describe('settings from afar', () => {
  test.each([
    ['maxKg', { maxKg: 80_000 }],
    ['scales', { scales: [] }],
    ['sealBroken', { sealBroken: 'warn' }],
    ['storage', { storage: { refuseBelowMiB: 1 } }],
    ['mqtt', { mqtt: { url: 'mqtt://elsewhere:1883' } }],
    ['manualWeights', { manualWeights: { allowed: true } }],
    ['tares', { tares: { unattended: 'use' } }],
    ['software', { software: {} }],
    ['dataDir', { dataDir: '/elsewhere' }],
    ['remoteSettings', { remoteSettings: { from: 'accept' } }],
    ['__proto__', JSON.parse('{"__proto__":{"a":1}}')],
  ])('never touch %s', (name, settings) => {
    expect(judge(settings)).toEqual({ kind: 'refused', why: `may not be set from afar: ${name}` });
  });

  test('whatever is let in changes no parameter of a scale, of the store, of the seal, and nothing that counts as calibration', () => {
    const all: Required<RemoteSettings> = {
      printer: { kind: 'cups', queue: 'tickets', paper: 'a5' },
      ticketLanguage: 'en',
      whenPaperOut: 'store',
      taresStaleAfterDays: 3,
      staleTares: 'weigh_both_ways',
      revokedProvider: 'deny',
      inspectionPerMille: 9,
      timeSyncSource: 'chronyc',
      logLevel: 'warn',
    };
    expect(Object.keys(all).sort()).toEqual([...remoteSettingSchema.options].sort());
    const [before, after] = [
      sealableParametersOf(configOf(printer)),
      sealableParametersOf(configOf(printer, all)),
    ];
    const changed = [...after].filter(([name, { value }]) => before.get(name)?.value !== value);
    expect(changed.map(([name, { counter }]) => `${name} ${counter}`).sort()).toEqual([
      'site.inspectionPerMille cfg',
      'site.masterData cfg',
      'site.printer cfg',
      'site.timeSync cfg',
    ]);
    expect([...after.keys()]).toEqual([...before.keys()]);
  });

  test('a printer is replaced, and keeps its language and its policy; it has to work, whatever the one before it did', () => {
    expect(judge({ printer: { kind: 'escpos-tcp', host: '192.168.1.51', port: 9100 } })).toEqual({
      kind: 'good',
      settings: { printer: { kind: 'escpos-tcp', host: '192.168.1.51', port: 9100 } },
      changes: [
        {
          setting: 'printer',
          old: '{"kind":"escpos-tcp","host":"192.168.1.50","port":9100}',
          new: '{"kind":"escpos-tcp","host":"192.168.1.51","port":9100}',
        },
      ],
      expected: ['cloud', 'scale north', 'printer'],
    });
    const next = configOf(printer, { printer: { kind: 'cups', queue: 'tickets', paper: 'a5' } });
    expect(next.printer).toEqual({
      kind: 'cups',
      queue: 'tickets',
      paper: 'a5',
      language: 'ar',
      whenPaperOut: 'block',
    });
  });

  test.each([
    ['a printer by a path of the disk', { printer: { kind: 'folder', folder: '/etc' } }, /^printer/],
    ['a host that is none', { printer: { kind: 'escpos-tcp', host: 'a b', port: 1 } }, /host name/],
    ['a number out of range', { inspectionPerMille: 1001 }, /^inspectionPerMille/],
  ])('%s is refused in words', (_, settings, why) => {
    expect(judge(settings)).toMatchObject({ kind: 'refused', why: expect.stringMatching(why) });
  });

  test('what does not fit with the rest of the configuration is refused', () => {
    expect(judge({ whenPaperOut: 'block' }, '')).toMatchObject({
      kind: 'refused',
      why: expect.stringMatching(/^it does not fit with the rest: edge.yaml/),
    });
  });

  test('a site refuses all, or pins single ones, in its own file, also those that came before it said so', () => {
    expect(judge({ logLevel: 'debug' }, 'remoteSettings: { from: refuse }')).toMatchObject({
      kind: 'refused',
    });
    const pinned = 'remoteSettings: { pinned: [logLevel] }';
    expect(judge({ logLevel: 'debug' }, pinned)).toEqual({
      kind: 'refused',
      why: 'this site sets it itself (remoteSettings.pinned): logLevel',
    });
    expect(configOf(pinned, { logLevel: 'debug' }).logLevel).toBe('info');
    expect(configOf('remoteSettings: { from: refuse }', { logLevel: 'debug' }).logLevel).toBe('info');
    expect(configOf('', { logLevel: 'debug' }).logLevel).toBe('debug');
  });
});
