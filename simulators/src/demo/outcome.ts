import { evidenceFramesOf, isoInstant, type RegisteredWeight, readEntry } from '@weighgate/protocol';
import type { Bill, CloudSession, EvidenceEntry } from './cloud-client.ts';
import type { Weighing } from './edge-client.ts';
import type { Plant } from './plant.ts';
import { readEdgeJournal } from './read-edge-journal.ts';
import { type Check, verifyOutcome } from './verify-outcome.ts';

/** What became of one truck: as weighed, as journaled, as the cloud has it, as billed, and whether it all agrees. */
export interface Outcome {
  session: {
    id: string;
    truck: string;
    grossKg: number;
    truckTareKg: number | null;
    netKg: number | null;
    containers: string[];
    firstFrames: string[];
    secondFrames: string[];
  };
  journal: { entries: number; headHash: string };
  cloud: { acknowledgedSeq: number; session: CloudSession };
  bill: Pick<Bill, 'provider' | 'from' | 'to' | 'lines' | 'totalMinor' | 'currency'>;
  verified: boolean;
}

/** Collects the outcome of a session from the agent, the cloud and the bill, and verifies it end to end. */
export async function outcomeOf(
  plant: Plant,
  weighIn: Weighing,
  acknowledgedSeq: number,
): Promise<{ outcome: Outcome; checks: Check[] }> {
  const { cloud, edge, edgeDataDir } = plant;
  const session = await edge.session(weighIn.id);
  const cloudSession = await cloud.session(weighIn.id);
  if (cloudSession.weighedOutAt === null)
    throw new Error(`the cloud does not know yet that ${weighIn.truck} was weighed out`);
  const weighedOutMs = Date.parse(cloudSession.weighedOutAt);
  const providerId = await cloud.ownerOf(weighIn.truck);
  const bill = await cloud.bill(providerId, isoInstant(weighedOutMs), isoInstant(weighedOutMs + 1));

  const evidence = new Map<string, EvidenceEntry[]>();
  for (const { id } of bill.lines.flatMap(({ sessions }) => sessions))
    evidence.set(id, await cloud.evidence(id));
  const journal = readEdgeJournal(edgeDataDir);
  const checks = verifyOutcome(bill, (id) => evidence.get(id) ?? [], journal);
  const head = journal.links.at(-1);
  if (head === undefined) throw new Error('the journal of the agent is empty');
  const { provider, from, to, lines, totalMinor, currency } = bill;
  return {
    checks,
    outcome: {
      session: {
        id: session.id,
        truck: session.truck,
        grossKg: session.grossKg,
        truckTareKg: session.truckTareKg,
        netKg: session.netKg,
        containers: session.first.containers,
        ...framesOf(evidence.get(session.id) ?? []),
      },
      journal: { entries: journal.links.length, headHash: head.hash },
      cloud: { acknowledgedSeq, session: cloudSession },
      bill: { provider, from, to, lines, totalMinor, currency },
      verified: checks.every(({ ok }) => ok),
    },
  };
}

/** The raw frames kept with both weights, in hexadecimal, oldest first. */
function framesOf(evidence: readonly EvidenceEntry[]): { firstFrames: string[]; secondFrames: string[] } {
  const frames = { firstFrames: [] as string[], secondFrames: [] as string[] };
  for (const { entryText } of evidence) {
    const reading = readEntry(entryText);
    if (reading.kind !== 'known') continue;
    const { entry } = reading;
    if (entry.kind === 'session.opened') frames.firstFrames = hexOf(entry.body.weight);
    if (entry.kind === 'session.closed') frames.secondFrames = hexOf(entry.body.weight);
  }
  return frames;
}

function hexOf({ frames, parts = [] }: RegisteredWeight): string[] {
  return [frames, ...parts.map((part) => part.frames)].flatMap(evidenceFramesOf).map(({ hex }) => hex);
}
