import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idMaker, systemClock } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { startEdgeProgram } from '../src/demo/edge-program.ts';
import type { Indication } from '../src/indicator-simulator/indicator.ts';
import { seededRandom } from '../src/random.ts';
import { startWeighbridge } from '../src/weighbridge.ts';
import { serveWeighbridgeOverTcp } from '../src/weighbridge-tcp.ts';

const SPEED = 20;
const clock = systemClock;
const makeId = idMaker(clock);

/** An agent on a weighbridge whose keypad somebody can reach. */
async function startReachableIndicator(folder: string) {
  await using undo = new AsyncDisposableStack();
  let changed = (indication: Indication) => indication;
  const weighbridge = undo.use(
    startWeighbridge({
      clock,
      random: seededRandom(7),
      speed: SPEED,
      disturb: (indication) => changed(indication),
    }),
  );
  const served = undo.use(await serveWeighbridgeOverTcp(weighbridge, { host: '127.0.0.1', port: 0 }));
  const line = { kind: 'tcp', port: served.port } as const;
  const edge = undo.use(await startEdgeProgram(folder, { httpPort: 0, line, speed: SPEED }, { clock }));
  const running = undo.move();
  const weigh = async (direction: 'in' | 'out') =>
    edge.client.weigh({ direction, truck: 'KEY 1', containers: [] }, makeId());
  return {
    weighbridge,
    client: edge.client,
    weigh,
    change: async (to: (indication: Indication) => Indication) => {
      changed = to;
      // Longer than the frames under way take.
      await clock.sleep(500);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

const asItWas = (indication: Indication) => indication;

test.each([
  ['its unit', (shown: Indication): Indication => ({ ...shown, unit: 'lb' }), 'unit-changed'],
  [
    'its decimal point',
    (shown: Indication): Indication => ({ ...shown, decimals: 1, interval: 2 }),
    'interval-changed',
  ],
] as const)(
  'an indicator that changes %s between in and out is refused until it is set back',
  async (_what, changed, code) => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-keypad-'));
    await using scale = await startReachableIndicator(folder.path);
    const { weighbridge, client, weigh, change } = scale;
    await weighbridge.driveOn(24_860, 3);
    await client.untilDeck('settled', 20_000);
    expect(await weigh('in')).toMatchObject({ kind: 'ok' });
    await weighbridge.driveOff();
    await client.untilDeck('empty', 20_000);

    await weighbridge.driveOn(8_220, 3);
    await change(changed);
    expect(await weigh('out')).toMatchObject({ kind: 'problem', status: 409, code });
    expect(await client.openSessions()).toHaveLength(1);

    await change(asItWas);
    await client.untilDeck('settled', 20_000);
    expect(await weigh('out')).toMatchObject({ kind: 'ok', body: { netKg: 16_640 } });
  },
);

test('a tare pressed on the indicator is never weighed as gross', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-keypad-'));
  await using scale = await startReachableIndicator(folder.path);
  const { weighbridge, client, weigh } = scale;
  await weighbridge.driveOn(24_860, 3);
  await client.untilDeck('settled', 20_000);
  expect(weighbridge.press('tare')).toBe('done');
  await clock.sleep(500);
  expect(await weigh('in')).toMatchObject({ kind: 'problem', status: 409, code: 'not-gross' });
  expect(await client.openSessions()).toHaveLength(0);

  expect(weighbridge.press('clear')).toBe('done');
  await client.untilDeck('settled', 20_000);
  expect(await weigh('in')).toMatchObject({ kind: 'ok', body: { grossKg: 24_860 } });
});
