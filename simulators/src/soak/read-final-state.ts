import type { Clock } from '@weighgate/protocol';
import { genesisHash } from '@weighgate/protocol';
import { readEdgeJournal } from '../demo/read-edge-journal.ts';
import type { FinalState } from './final-state.ts';
import type { SoakAgent } from './soak-agent.ts';
import type { SoakPlant } from './soak-plant.ts';

const POLL_MS = 500;

/** Waits until every agent is done, or time is up, and reads the cloud's database and the agents' journals. */
export async function readFinalState(plant: SoakPlant, clock: Clock, timeoutMs: number): Promise<FinalState> {
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  const edges: FinalState['edges'] = [];
  for (const agent of plant.agents) edges.push(await edgeState(agent, clock, deadlineMs));
  await using database = await plant.cloud.database();
  const rowsOf = async <Row extends object>(query: string) => (await database.pool.query<Row>(query)).rows;
  return {
    entries: await rowsOf(
      `select device, incarnation, seq, hash, entry_text as "entryText"
         from journal_entries order by device, incarnation, seq`,
    ),
    sessions: await rowsOf(
      `select id, truck, first_ticket_no as "firstTicketNo", second_ticket_no as "secondTicketNo",
              first_gross_g as "firstGrossG", second_gross_g as "secondGrossG", net_g as "netG"
         from weighing_sessions order by id`,
    ),
    ledger: await rowsOf(`select session_id as "sessionId", net_g as "netG" from ledger_entries order by id`),
    parked: await rowsOf(
      `select device, incarnation, seq, kind, reason, ticket_no as "ticketNo"
         from parked_entries order by device, incarnation, seq`,
    ),
    alarms: await rowsOf('select code, device, detail from alarms order by id'),
    forks: await rowsOf(
      `select device, incarnation, seq from ingest_forks order by device, incarnation, seq`,
    ),
    edges,
  };
}

async function edgeState(
  agent: SoakAgent,
  clock: Clock,
  deadlineMs: number,
): Promise<FinalState['edges'][number]> {
  let isDelivered = false;
  while (!isDelivered && clock.monotonicMs() < deadlineMs) {
    const { phase, waiting } = await agent.client().sync();
    isDelivered = phase === 'streaming' && waiting === 0;
    if (!isDelivered) await clock.sleep(POLL_MS);
  }
  const { device, incarnation, links } = readEdgeJournal(agent.dataDir);
  const head = links.at(-1) ?? { seq: 0, hash: genesisHash(device, incarnation) };
  return { device, incarnation, headSeq: head.seq, headHash: head.hash, isDelivered };
}
