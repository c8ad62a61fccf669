import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idMaker, systemClock } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { startEdgeProgram } from '../src/demo/edge-program.ts';
import { beamsOf, openInputModule } from '../src/input-module.ts';
import { seededRandom } from '../src/random.ts';
import { startWeighbridge } from '../src/weighbridge.ts';
import { serveWeighbridgeOverTcp } from '../src/weighbridge-tcp.ts';

const SPEED = 20;
const clock = systemClock;
const makeId = idMaker(clock);
const healthSchema = z.looseObject({
  status: z.string(),
  scales: z.array(
    z.looseObject({ positionSensors: z.array(z.looseObject({ name: z.string(), state: z.string() })) }),
  ),
});

/** An agent on a weighbridge with a light barrier at either end of its deck. */
async function startWithBeams(folder: string, whenUnknown: 'refuse' | 'note') {
  await using undo = new AsyncDisposableStack();
  const weighbridge = undo.use(startWeighbridge({ clock, random: seededRandom(11), speed: SPEED }));
  const served = undo.use(await serveWeighbridgeOverTcp(weighbridge, { host: '127.0.0.1', port: 0 }));
  const inputs = undo.use(await openInputModule(beamsOf(weighbridge)));
  const sensor = { module: 'gate-io', debounceMs: 300, whenUnknown };
  const edge = undo.use(
    await startEdgeProgram(
      folder,
      {
        httpPort: 0,
        line: { kind: 'tcp', port: served.port },
        speed: SPEED,
        more: {
          scale: {
            positionSensors: [
              { ...sensor, name: 'entry beam', input: 0 },
              { ...sensor, name: 'exit beam', input: 1 },
            ],
          },
          site: {
            inputModules: [
              { id: 'gate-io', kind: 'modbus', line: { kind: 'tcp', port: inputs.port }, inputs: 2 },
            ],
          },
        },
      },
      { clock },
    ),
  );
  const running = undo.move();
  const ask = async () => edge.client.weigh({ direction: 'in', truck: 'BEAM 1', containers: [] }, makeId());
  return {
    weighbridge,
    inputs,
    client: edge.client,
    /** Asks until the answer is no more that it has to be waited for. */
    weigh: async (passing: string) => {
      for (let asked = 0; ; asked += 1) {
        const answer = await ask();
        if (answer.kind === 'ok' || answer.code !== passing || asked > 200) return answer;
        await clock.sleep(25);
      }
    },
    sensors: async () => {
      const answer = await edge.api.call(healthSchema, { method: 'GET', path: '/api/weight/health' });
      if (answer.kind !== 'ok') throw new Error(`health: ${answer.code}`);
      const { status, scales } = answer.body;
      return { status, states: scales[0]?.positionSensors.map(({ name, state }) => `${name} ${state}`) };
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

test('a truck that stops short stands still and is not weighed until it has pulled forward', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-beams-'));
  await using scale = await startWithBeams(folder.path, 'refuse');
  const { weighbridge, client, weigh, sensors } = scale;
  await weighbridge.driveOn(24_860, 4, { stopsShort: true });
  await client.untilDeck('settled', 20_000);
  const refused = await weigh('not-stable');
  expect(refused).toMatchObject({ kind: 'problem', status: 409, code: 'position-cut' });
  expect(await sensors()).toMatchObject({ states: ['entry beam cut', 'exit beam clear'] });
  expect(await client.openSessions()).toHaveLength(0);

  await weighbridge.pullForward();
  await client.untilDeck('settled', 20_000);
  await clock.sleep(500);
  expect(await weigh('not-stable')).toMatchObject({
    kind: 'ok',
    body: { grossKg: 24_860, position: 'clear' },
  });
  expect(await sensors()).toEqual({ status: 'healthy', states: ['entry beam clear', 'exit beam clear'] });
});

test.each([
  ['refuse', { kind: 'problem', status: 409, code: 'position-unknown' }],
  ['note', { kind: 'ok', body: { position: 'unknown' } }],
] as const)('sensors without power are never taken for clear: %s', async (whenUnknown, outcome) => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-beams-'));
  await using scale = await startWithBeams(folder.path, whenUnknown);
  const { weighbridge, client, inputs, weigh, sensors } = scale;
  await weighbridge.driveOn(24_860, 4);
  inputs.setPower(false);
  await client.untilDeck('settled', 20_000);
  await clock.sleep(1_500);
  expect(await sensors()).toMatchObject({
    status: 'degraded',
    states: ['entry beam unknown', 'exit beam unknown'],
  });
  expect(await weigh('not-stable')).toMatchObject(outcome);

  if (outcome.kind === 'ok') return;
  inputs.setPower(true);
  expect(await weigh('position-unknown')).toMatchObject({ kind: 'problem', code: 'position-cut' });
  expect(await weigh('position-cut')).toMatchObject({ kind: 'ok', body: { position: 'clear' } });
});
