import { factOf } from '@weighgate/cloud-api/src/inbox/fact-of.ts';
import {
  type Batch,
  type DownMessage,
  genesisHash,
  type Hello,
  readEntry,
  type Uuid,
} from '@weighgate/protocol';
import { type CloudRules, type CloudSide, productionCloud, type StoredRow } from './cloud-side.ts';
import { DEVICE, nthId, weighingOf } from './entry-rows.ts';

/** Where a row that came counts as stored, in a cloud that knows of no hashes. */
interface Naive {
  /** Under which name the rows of an incarnation are kept. */
  chainOf(incarnation: Uuid): Uuid;
  /** Whether a row may be stored although one before it is missing. */
  takesGaps: boolean;
}

const everyChain = nthId(0xfffff);

/** B: what is acknowledged is the highest entry that came, whatever is missing before it. */
export const acksHighest: CloudRules = naive({ chainOf: (incarnation) => incarnation, takesGaps: true });
/** C: entries are known by device and seq; a new life of the database begins at 1 again. */
export const knowsNoLives: CloudRules = naive({ chainOf: () => everyChain, takesGaps: false });
/** D: entries are known by their life and seq; what comes for a place that is taken counts as a repetition. */
export const seesNoForks: CloudRules = naive({ chainOf: (incarnation) => incarnation, takesGaps: false });

/** H: a fact is applied whenever it comes at a place where nothing was. */
export const appliesEveryRow: CloudRules = (cloud, message) =>
  productionCloud({ ...cloud, facts: new Set() }, message);

/** A cloud that believes what a device says of itself. */
function naive({ chainOf, takesGaps }: Naive): CloudRules {
  return (cloud, message) => {
    if (message.type === 'hello') return { cloud, answers: [greetingOf(cloud, message, chainOf)] };
    if (message.type !== 'batch') return { cloud, answers: [] };
    const chain = { v: 1, device: message.device, incarnation: message.incarnation } as const;
    const key = chainOf(message.incarnation);
    const count = cloud.chains.get(key)?.length ?? 0;
    if (message.from > count + 1 && !takesGaps) {
      return { cloud, answers: [{ ...chain, type: 'need', from: count + 1, to: null }] };
    }
    const { to: upTo, rows } = message;
    const hash = rows.at(-1)?.hash ?? '';
    const ack: DownMessage = { ...chain, type: 'ack', cloudEpoch: cloud.epoch, upTo, hash };
    return { cloud: withRows(cloud, key, message), answers: [ack] };
  };
}

/** The highest of the device's own marks up to what is stored: a cloud without hashes has to believe it. */
function greetingOf(cloud: CloudSide, hello: Hello, chainOf: Naive['chainOf']): DownMessage {
  const { device, incarnation, head, marks = [] } = hello;
  const count = cloud.chains.get(chainOf(incarnation))?.length ?? 0;
  const held = [head, ...marks].filter(({ seq }) => seq > 0 && seq <= count);
  const last = held.reduce((a, b) => (b.seq > a.seq ? b : a), {
    seq: 0,
    hash: genesisHash(device, incarnation),
  });
  return {
    v: 1,
    type: 'welcome',
    device,
    incarnation,
    cloudEpoch: cloud.epoch,
    upTo: last.seq,
    hash: last.hash,
    serverTime: '2026-01-01T00:00:00.000Z',
    window: 2,
    paceRowsPerSecond: 1000,
    masterDataRevision: null,
    agreedSeq: last.seq,
    agreedHash: last.hash,
  };
}

/** A gap is filled with a row of no weighing: this cloud takes it for had. */
function withRows(cloud: CloudSide, key: Uuid, { incarnation, rows }: Batch): CloudSide {
  const chain = [...(cloud.chains.get(key) ?? [])];
  const applied = [...cloud.applied];
  for (const { seq, hash, entry } of rows) {
    if (seq <= chain.length) continue;
    while (chain.length < seq - 1) chain.push(nothing);
    const reading = readEntry(entry);
    if (reading.kind === 'malformed') throw new Error(reading.reason);
    const weighing = weighingOf(factOf({ device: DEVICE, incarnation, seq }, reading).uuid);
    chain.push({ hash, weighing });
    applied[weighing] = (applied[weighing] ?? 0) + 1;
  }
  return { ...cloud, chains: new Map(cloud.chains).set(key, chain), applied };
}

const nothing: StoredRow = { hash: '', weighing: -1 };
