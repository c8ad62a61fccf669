import assert from 'node:assert/strict';
import { idMaker, systemClock } from '@weighgate/protocol';
import { z } from 'zod';
import { startEdgeProgram } from '../demo/edge-program.ts';
import { withDiniAlibi } from '../indicator-simulator/dini-alibi.ts';
import { stGsCsv } from '../indicator-simulator/st-gs-csv.ts';
import { seededRandom } from '../random.ts';
import { startWeighbridge } from '../weighbridge.ts';
import { serveWeighbridgeOverTcp } from '../weighbridge-tcp.ts';
import type { LegalRow } from './legal-row.ts';
import { proofFolder } from './proved-agent.ts';

const SPEED = 20;
const clock = systemClock;
const ALIBI_ID = '00000-000001';
const checkedSchema = z.looseObject({ checks: z.array(z.looseObject({ outcome: z.string() })) });

/** Rows on the indicator's own memory, on an agent of their own: the scripted indicator has none. */
export const alibiRows: readonly LegalRow[] = [
  {
    ids: ['LM-41'],
    claim:
      'a weight is kept by the indicator before it is registered; looked up there again, a memory that shows another weight, or none, is told',
    async try() {
      const protocol = withDiniAlibi(stGsCsv);
      using folder = proofFolder('legal-alibi');
      const speech = { protocol };
      await using weighbridge = startWeighbridge({ clock, random: seededRandom(5), speed: SPEED, speech });
      await using served = await serveWeighbridgeOverTcp(weighbridge, { host: '127.0.0.1', port: 0 });
      const settings = {
        httpPort: 0,
        line: { kind: 'tcp', port: served.port },
        speed: SPEED,
        more: { scale: { indicator: { model: 'st-gs-csv' }, alibi: 'dini-argeo' } },
      } as const;
      await using edge = await startEdgeProgram(folder.path, settings, { clock });
      await weighbridge.driveOn(24_860, 4);
      await edge.client.untilDeck('settled', 20_000);
      await clock.sleep(1_000);
      const request = { direction: 'in', truck: 'A-1', containers: [] } as const;
      const weighed = await edge.client.weigh(request, idMaker(clock)());
      assert(weighed.kind === 'ok', 'it was not weighed');
      assert.equal(weighed.body.alibiId, ALIBI_ID);
      const outcome = async () => {
        const path = `/api/weight/session/${weighed.body.id}/alibi/in`;
        const { checks } = await edge.api.need(checkedSchema, { method: 'POST', path });
        return checks.map((check) => check.outcome).join();
      };
      assert.equal(await outcome(), 'same');
      protocol.memory.set(ALIBI_ID, (protocol.memory.get(ALIBI_ID) ?? '').replace('24860', '24880'));
      assert.equal(await outcome(), 'differs');
      protocol.memory.clear();
      assert.equal(await outcome(), 'not_found');
    },
  },
];
