import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idMaker, systemClock } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { startEdgeProgram } from '../src/demo/edge-program.ts';
import { withDiniAlibi } from '../src/indicator-simulator/dini-alibi.ts';
import { stGsCsv } from '../src/indicator-simulator/st-gs-csv.ts';
import { seededRandom } from '../src/random.ts';
import { startWeighbridge } from '../src/weighbridge.ts';
import { serveWeighbridgeOverTcp } from '../src/weighbridge-tcp.ts';

const SPEED = 20;
const clock = systemClock;
const makeId = idMaker(clock);
const checkedSchema = z.looseObject({
  checks: z.array(
    z.strictObject({
      scale: z.string(),
      alibiId: z.string(),
      outcome: z.string(),
      shown: z.string().nullable(),
    }),
  ),
});

test('a weight is kept by the indicator before it is registered, and looked up there when somebody asks', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-alibi-'));
  const protocol = withDiniAlibi(stGsCsv);
  await using weighbridge = startWeighbridge({
    clock,
    random: seededRandom(5),
    speed: SPEED,
    speech: { protocol },
  });
  await using served = await serveWeighbridgeOverTcp(weighbridge, { host: '127.0.0.1', port: 0 });
  await using edge = await startEdgeProgram(
    folder.path,
    {
      httpPort: 0,
      line: { kind: 'tcp', port: served.port },
      speed: SPEED,
      more: { scale: { indicator: { model: 'st-gs-csv' }, alibi: 'dini-argeo' } },
    },
    { clock },
  );
  await weighbridge.driveOn(24_860, 4);
  await edge.client.untilDeck('settled', 20_000);
  await clock.sleep(1_000);
  const weighed = await edge.client.weigh({ direction: 'in', truck: 'ALIBI 1', containers: [] }, makeId());
  expect(weighed).toMatchObject({ kind: 'ok', body: { grossKg: 24_860, alibiId: '00000-000001' } });
  expect([...protocol.memory.keys()]).toEqual(['00000-000001']);
  if (weighed.kind !== 'ok') return;

  const check = async () => {
    const path = `/api/weight/session/${weighed.body.id}/alibi/in`;
    const answer = await edge.api.call(checkedSchema, { method: 'POST', path });
    if (answer.kind !== 'ok') throw new Error(answer.code);
    return answer.body.checks;
  };
  const same = { scale: 'deck-1', alibiId: '00000-000001' };
  expect(await check()).toEqual([{ ...same, outcome: 'same', shown: '24860 kg' }]);
  const kept = protocol.memory.get('00000-000001') ?? '';
  protocol.memory.set('00000-000001', kept.replace('24860', '24880'));
  expect(await check()).toEqual([{ ...same, outcome: 'differs', shown: '24880 kg' }]);
  protocol.memory.clear();
  expect(await check()).toEqual([{ ...same, outcome: 'not_found', shown: null }]);
});
