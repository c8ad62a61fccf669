import { factOf } from '@weighgate/cloud-api/src/inbox/fact-of.ts';
import {
  type Batch,
  type DownMessage,
  genesisHash,
  type Hello,
  isoInstant,
  readEntry,
} from '@weighgate/protocol';
import { ackOf, type CloudRules, productionRules, takeFact } from './cloud-rules.ts';
import { type CloudTables, emptyTables } from './cloud-tables.ts';

/** Where a row counts as stored, in a cloud that does not look at hashes. */
interface Naive {
  /** Under which name the rows of a chain are kept. */
  chainOf: (device: string, incarnation: string) => string;
  /** Whether a row may be stored although one before it is missing. */
  takesGaps: boolean;
}

/** In the place of a hash that this cloud does not look at. */
const nothing = '0'.repeat(64);

const byIncarnation = (_device: string, incarnation: string) => incarnation;

/** B: what is acknowledged is the highest entry that came, whatever is missing before it. */
export const acksHighest = naive({ chainOf: byIncarnation, takesGaps: true });
/** C: entries are known by device and seq; a new life of the database begins at 1 again. */
export const knowsNoLives = naive({ chainOf: (device) => device, takesGaps: false });
/** D: what comes for a place that is taken counts as a repetition. */
export const seesNoForks = naive({ chainOf: byIncarnation, takesGaps: false });

/** A fact counts whenever it comes at a place where nothing was. */
export const takesEveryRow: CloudRules = (tables, message, nowMs) => {
  const blind: CloudTables = { ...tables, timesTaken: new Map() };
  const { write, answers } = productionRules(blind, message, nowMs);
  if (write === null) return { write, answers };
  return {
    answers,
    write: () => {
      write();
      tables.forks = blind.forks;
      for (const [uuid, times] of blind.timesTaken)
        tables.timesTaken.set(uuid, (tables.timesTaken.get(uuid) ?? 0) + times);
    },
  };
};

/** What a carrying entry carries is not looked at. */
export const ignoresCarried: CloudRules = (tables, message, nowMs) => {
  const before = new Set(tables.timesTaken.keys());
  const { write, answers } = productionRules(tables, message, nowMs);
  if (write === null || message.type !== 'batch') return { write, answers };
  const carried = message.rows.flatMap(({ seq, entry }) => {
    const reading = readEntry(entry);
    if (reading.kind === 'malformed') return [];
    const fact = factOf({ device: message.device, incarnation: message.incarnation, seq }, reading);
    return fact.carriedUuid === null || before.has(fact.uuid) ? [] : [fact.uuid];
  });
  return {
    answers,
    write: () => {
      write();
      for (const uuid of carried) tables.timesTaken.delete(uuid);
    },
  };
};

/** A: what came is acknowledged as it comes, wherever the chain stands. */
export const acksOnReceipt: CloudRules = (tables, message, nowMs) => {
  const handling = productionRules(tables, message, nowMs);
  if (message.type !== 'batch') return handling;
  const { to: upTo, rows } = message;
  const ack = { ...ackOf(tables, message), upTo, hash: rows.at(-1)?.hash ?? nothing } as DownMessage;
  return { write: handling.write, answers: () => [ack] };
};

function naive({ chainOf, takesGaps }: Naive): CloudRules {
  return (tables, message, nowMs) => {
    if (message.type === 'md_ask') return productionRules(tables, message, nowMs);
    const chain = { v: 1, device: message.device, incarnation: message.incarnation } as const;
    const key = chainOf(message.device, message.incarnation);
    const count = tables.chains.get(key)?.length ?? 0;
    if (message.type === 'hello')
      return { write: null, answers: () => [greetingOf(tables, message, count, nowMs)] };
    if (message.type === 'digest') return { write: null, answers: () => [] };
    if (message.from > count + 1 && !takesGaps)
      return { write: null, answers: () => [{ ...chain, type: 'need', from: count + 1, to: null }] };
    const { to: upTo, rows } = message;
    const hash = rows.at(-1)?.hash ?? nothing;
    const { epoch: cloudEpoch } = tables;
    return {
      write: () => storeWhatIsNew(tables, key, message),
      answers: () => [{ ...chain, type: 'ack', cloudEpoch, upTo, hash }],
    };
  };
}

/** The highest of the device's own marks up to what is stored: a cloud without hashes has to believe it. */
function greetingOf(tables: CloudTables, hello: Hello, count: number, nowMs: number): DownMessage {
  const { device, incarnation, head, marks = [] } = hello;
  const held = [head, ...marks].filter(({ seq }) => seq > 0 && seq <= count);
  const genesis = { seq: 0, hash: genesisHash(device, incarnation) };
  const last = held.reduce((a, b) => (b.seq > a.seq ? b : a), genesis);
  const [welcome] = productionRules(
    { ...emptyTables(tables.epoch), changes: tables.changes },
    hello,
    nowMs,
  ).answers();
  if (welcome?.type !== 'welcome') throw new Error('a HELLO is answered by a WELCOME');
  const agreed = { agreedSeq: last.seq, agreedHash: last.hash };
  return { ...welcome, upTo: last.seq, hash: last.hash, serverTime: isoInstant(nowMs), ...agreed };
}

/** A gap is taken for had. */
function storeWhatIsNew(tables: CloudTables, key: string, { device, incarnation, from, rows }: Batch): void {
  const chain = tables.chains.get(key) ?? [];
  tables.chains.set(key, chain);
  while (chain.length < from - 1) chain.push({ seq: 0, previousHash: nothing, hash: nothing, entryText: '' });
  for (const { seq, hash, entry } of rows) {
    if (seq <= chain.length) continue;
    const reading = readEntry(entry);
    if (reading.kind === 'malformed') continue;
    chain.push({ seq, previousHash: nothing, hash, entryText: entry });
    takeFact(tables, factOf({ device, incarnation, seq }, reading));
  }
}
