import { decodeCapture } from '@weighgate/edge-agent/src/indicator/decode-capture.ts';
import { indicatorOf } from '@weighgate/edge-agent/src/indicator/models.ts';
import {
  type ChainLink,
  chainHash,
  evidenceFramesOf,
  genesisHash,
  gramsOf,
  type JournalEntry,
  kgOf,
  netOf,
  type RegisteredWeight,
  readEntry,
  type WeightPart,
  walkChain,
} from '@weighgate/protocol';
import type { Bill, EvidenceEntry } from './cloud-client.ts';

/** The agent's own journal: who wrote it, and every link of it. */
export interface EdgeJournal {
  device: string;
  incarnation: string;
  links: readonly ChainLink[];
}

/** What was checked and how it came out. `found` says what is wrong. */
export type Check = { what: string; ok: true } | { what: string; ok: false; found: string };

/**
 * Follows every kilogram of a bill back to the bytes: bill line -> session -> net -> registered weights -> raw frames,
 * and every entry on the way to its place in the agent's chain. Recomputes everything, believes nothing.
 * @param evidenceOf the entries the cloud holds for a session
 */
export function verifyOutcome(
  bill: Bill,
  evidenceOf: (sessionId: string) => readonly EvidenceEntry[],
  journal: EdgeJournal,
): Check[] {
  const genesis = { seq: 0, hash: genesisHash(journal.device, journal.incarnation) };
  const walk = walkChain(journal.links, genesis);
  const checks: Check[] = [
    check(
      'the journal of the agent is an unbroken chain',
      walk.kind === 'intact' || `broken at entry ${walk.brokenAtSeq}`,
    ),
  ];
  const billed = bill.lines.flatMap(({ sessions }) => sessions.map(({ id }) => id));
  checks.push(
    check('no session is billed twice', new Set(billed).size === billed.length || billed.join(', ')),
  );
  for (const line of bill.lines) {
    const netsKg = line.sessions.map(({ id, netKg }) => {
      checks.push(...verifySession({ id, netKg, produce: line.produce }, evidenceOf(id), journal));
      return netKg;
    });
    const lineG = netsKg.reduce((sum, netKg) => sum + gramsOf(String(netKg), 'kg'), 0);
    checks.push(
      check(
        `${line.produce}: the line's kilograms are those of its sessions`,
        lineG === gramsOf(String(line.netKg), 'kg') || `${kgOf(lineG)} kg`,
      ),
      check(
        `${line.produce}: kilograms times rate, rounded once`,
        amountIsRight(line.amountMinor, lineG, line.ratePerKgMinor) || `${line.amountMinor}`,
      ),
    );
  }
  const sumMinor = bill.lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  checks.push(
    check(
      'the total is the sum of the lines',
      sumMinor === bill.totalMinor || `${sumMinor}, not ${bill.totalMinor}`,
    ),
  );
  checks.push(
    check(
      'there is something to verify',
      bill.lines.some(({ sessions }) => sessions.length > 0) || 'the bill has no session',
    ),
  );
  return checks;
}

function verifySession(
  { id: sessionId, netKg, produce }: { id: string; netKg: number; produce: string },
  evidence: readonly EvidenceEntry[],
  journal: EdgeJournal,
): Check[] {
  const checks = evidence.map((entry) => verifyEntry(entry, journal));
  const entries = evidence.flatMap((stored): JournalEntry[] => {
    const reading = readEntry(stored.entryText);
    return reading.kind === 'known' ? [reading.entry] : [];
  });
  const opened = entries.find((entry) => entry.kind === 'session.opened');
  const closed = entries.find((entry) => entry.kind === 'session.closed');
  if (opened?.kind !== 'session.opened' || closed?.kind !== 'session.closed') {
    return [
      ...checks,
      check(
        `session ${sessionId} was opened and closed`,
        `evidence has ${entries.map(({ kind }) => kind).join(', ') || 'nothing'}`,
      ),
    ];
  }
  const { first, weight, containers, tares, net } = closed.body;
  const sameFirst =
    first.weightId === opened.body.weight.weightId && first.grossG === opened.body.weight.grossG;
  const again = netOf(
    first,
    { grossG: weight.grossG, containers },
    new Map(tares.map(({ container, tareG }) => [container, tareG])),
  );
  return [
    ...checks,
    ...verifyWeight('first weight', opened.body.weight),
    ...verifyWeight('second weight', weight),
    check(
      'both entries speak of the session on the bill',
      (opened.body.sessionId === sessionId && closed.body.sessionId === sessionId) || 'they name another',
    ),
    check(
      'the bill names the produce that was weighed',
      (closed.body.produce ?? opened.body.produce) === produce || `${closed.body.produce}, not ${produce}`,
    ),
    check('the second weighing names the first', sameFirst || 'it names another weight'),
    check(
      'the net follows from weights and tares',
      JSON.stringify(again) === JSON.stringify(net) || JSON.stringify(again),
    ),
    check(
      'the net on the bill is the net of the session',
      (net.kind === 'known' && net.netG === gramsOf(String(netKg), 'kg')) || `${netKg} kg`,
    ),
  ];
}

function verifyEntry({ seq, hash, previousHash, entryText }: EvidenceEntry, { links }: EdgeJournal): Check {
  const link = links.find((candidate) => candidate.seq === seq);
  const follows = chainHash(previousHash, entryText) === hash;
  const same = link?.hash === hash && link.entryText === entryText;
  return check(
    `entry ${seq} in the cloud is entry ${seq} of the agent`,
    (follows && same) || (follows ? 'they differ' : 'its hash is wrong'),
  );
}

/** A weight of several decks is the sum of what each of them showed. */
function verifyWeight(name: string, weight: RegisteredWeight): Check[] {
  const { parts, grossG } = weight;
  if (parts === undefined) return verifyShown(name, weight);
  const sumG = parts.reduce((sum, part) => sum + part.grossG, 0);
  return [
    ...parts.flatMap((part) => verifyShown(`${name}, ${part.scaleId}`, part)),
    check(`${name}: the decks add up to it`, sumG === grossG || `${sumG} g`),
  ];
}

/** The frames kept with a weight, decoded anew by the model that is kept with it, must show that weight, stable. */
function verifyShown(name: string, { frames, indication, grossG, indicator }: WeightPart): Check[] {
  const model = indicatorOf({ ...indicator.options, model: indicator.model });
  const readings = evidenceFramesOf(frames)
    .slice(-3)
    .map(({ hex }) => {
      const { readings, discardedBytes } = decodeCapture(model, [Buffer.from(hex, 'hex')], true);
      const [reading] = readings;
      if (readings.length !== 1 || reading === undefined || discardedBytes > 0) return 'not one frame';
      const { value, unit, stable, mode } = reading;
      return `${value} ${unit} ${stable === false ? 'moving' : 'standing'} ${mode ?? 'gross'}`;
    });
  const expected = `${indication.value} ${indication.unit} standing gross`;
  return [
    check(
      `${name}: its last raw frames show it`,
      (readings.length > 0 && readings.every((reading) => reading === expected)) || readings.join('; '),
    ),
    check(
      `${name}: grams are those of the indication`,
      gramsOf(indication.value, indication.unit) === grossG || `${grossG} g`,
    ),
  ];
}

/** Whether `amountMinor` is within half a minor unit of grams x rate / 1000: by multiplying out, without rounding. */
function amountIsRight(amountMinor: number, grams: number, ratePerKgMinor: string): boolean {
  const [whole = '0', fraction = ''] = ratePerKgMinor.split('.');
  const scale = 10n ** BigInt(fraction.length);
  const exactTimes = BigInt(grams) * BigInt(whole + fraction);
  const difference = exactTimes - BigInt(amountMinor) * 1000n * scale;
  const twice = difference * 2n;
  const unit = 1000n * scale;
  return twice > -unit - 1n && twice < unit;
}

function check(what: string, outcome: true | string): Check {
  return outcome === true ? { what, ok: true } : { what, ok: false, found: outcome };
}
