import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idMaker, systemClock } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { weighTruck } from '../src/demo/deliver.ts';
import { type EdgeProgram, startEdgeProgram } from '../src/demo/edge-program.ts';
import { faultyLine } from '../src/faulty-line.ts';
import { seededRandom } from '../src/random.ts';
import { type FrameSource, startWeighbridge } from '../src/weighbridge.ts';
import { serveWeighbridgeOverTcp } from '../src/weighbridge-tcp.ts';
import { expectShown } from './hand-count.ts';

const SPEED = 20;
/** Trucks go on until so many frames have been spoiled, at most so many. */
const ENOUGH_SPOILED_FRAMES = 300;
const MAX_TRUCKS = 60;
/** Of a Mettler-Toledo continuous frame with its checksum. */
const FRAME_BYTES = 18;
const clock = systemClock;
const makeId = idMaker(clock);
const random = seededRandom(99);
const host = '127.0.0.1';

/** A weighbridge that remembers every weight its display has shown, and sends ten times as many frames as a real one. */
function startWatchedWeighbridge() {
  const shownKg = new Set<number | null>();
  const weighbridge = startWeighbridge({
    clock,
    random: random.fork('weighbridge'),
    speed: SPEED,
    frameRateHz: 200,
    disturb: (indication) => {
      shownKg.add(indication.displayed);
      return indication;
    },
  });
  return { weighbridge, shownKg };
}

const healthSchema = z.looseObject({
  scales: z.tuple([
    z.looseObject({
      lineUp: z.boolean(),
      line: z.looseObject({ frames: z.int(), rejectedFrames: z.int(), discardedBytes: z.int() }),
    }),
  ]),
});
async function scaleHealth(edge: EdgeProgram) {
  return (await edge.api.need(healthSchema, { path: '/api/weight/health' })).scales[0];
}

test('bytes flipped, dropped, garbled, split and merged are counted and never make a wrong weight', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-bytes-'));
  const { weighbridge, shownKg } = startWatchedWeighbridge();
  await using _ = weighbridge;
  const spoil = faultyLine(random.fork('line'), {
    flip: 0.1,
    drop: 0.1,
    garble: 0.1,
    split: 0.3,
    merge: 0.2,
  });
  const spoiled: FrameSource = {
    attach: (sink) =>
      weighbridge.attach((frame) => {
        for (const chunk of spoil(frame)) sink(chunk);
      }),
  };
  await using served = await serveWeighbridgeOverTcp(spoiled, { host, port: 0 });
  const line = { kind: 'tcp', port: served.port } as const;
  await using edge = await startEdgeProgram(folder.path, { httpPort: 0, line, speed: SPEED }, { clock });

  const spoiledFrames = async () => {
    const { line: counted } = await scaleHealth(edge);
    return (counted.discardedBytes + counted.rejectedFrames * FRAME_BYTES) / FRAME_BYTES;
  };

  let truck = 0;
  while ((await spoiledFrames()) < ENOUGH_SPOILED_FRAMES) {
    truck += 1;
    expect(truck).toBeLessThanOrEqual(MAX_TRUCKS);
    const massKg = random.whole(7_000, 44_000);
    shownKg.clear();
    const { grossKg } = await weighTruck(
      { massKg, axles: 2, request: { direction: 'none', truck: `T ${truck}`, containers: [] } },
      { weighbridge, edge: edge.client, clock, makeId },
      SPEED,
    );
    expect(shownKg).toContain(grossKg);
    expectShown(grossKg, massKg);
  }
  expect(truck).toBeGreaterThan(5);
});

test('a line cut in the middle of a frame is no weight; restored, the truck on the deck is weighed', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-bytes-'));
  const { weighbridge } = startWatchedWeighbridge();
  await using _ = weighbridge;
  let intact = true;
  const halves: FrameSource = {
    attach: (sink) => weighbridge.attach((frame) => sink(intact ? frame : frame.slice(0, 9))),
  };
  const before = await serveWeighbridgeOverTcp(halves, { host, port: 0 });
  const { port } = before;
  await using edge = await startEdgeProgram(
    folder.path,
    { httpPort: 0, line: { kind: 'tcp', port }, speed: SPEED },
    { clock },
  );
  const request = { direction: 'none', truck: 'CUT 1', containers: [] } as const;
  await weighbridge.driveOn(21_340, 3);
  await edge.client.untilDeck('settled', 20_000);

  intact = false;
  await clock.sleep(20);
  await before[Symbol.asyncDispose]();
  await clock.sleep(1_500);
  expect((await scaleHealth(edge)).lineUp).toBe(false);
  expect(await edge.client.weigh(request, makeId())).toMatchObject({ kind: 'problem', code: 'no-reading' });

  intact = true;
  await using _after = await serveWeighbridgeOverTcp(halves, { host, port });
  await edge.client.untilDeck('settled', 20_000);
  const answer = await edge.client.weigh(request, makeId());
  if (answer.kind === 'problem') throw new Error(answer.detail);
  expectShown(answer.body.grossKg, 21_340);
});
