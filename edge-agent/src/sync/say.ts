import {
  type Batch,
  type Digest,
  type EntryTime,
  type Hello,
  MAX_LIVES,
  MAX_MESSAGE_BYTES,
  SYNC_2,
  tracePlaceOf,
  traceparentOf,
} from '@weighgate/protocol';
import type { Identity } from '../store/identity.ts';
import type { Life } from '../store/lives.ts';
import { blockEnds, markSeqs } from './chain-marks.ts';

/** Half of the largest message: entry text grows when it is quoted as a JSON string. */
const BATCH_BYTES = MAX_MESSAGE_BYTES / 2;
/** Of every entry this version holds and writes. */
export const ENTRY_SCHEMAS = { min: 1, max: 1 };

/** What a HELLO says beside the chains. */
export interface HelloFacts {
  at: EntryTime;
  appVersion: string;
  publicKey: string;
  freeDiskBytes: number | null;
  masterData: Hello['masterData'];
}

/** What is offered of a life: nothing of what was carried over into a later one. */
function offeredHead({ partedAfter, head, hashAt }: Life): { seq: number; hash: string } {
  const last = head();
  if (partedAfter === null) return last;
  return { seq: partedAfter, hash: hashAt(partedAfter) ?? last.hash };
}

/** The HELLO for one of the lives. */
export function helloOf(
  { device, incarnation: present }: Identity,
  lives: readonly Life[],
  life: Life,
  { at, appVersion, publicKey, freeDiskBytes, masterData }: HelloFacts,
): Hello {
  const head = offeredHead(life);
  const { incarnation } = life;
  const marks = markSeqs(head.seq).flatMap((seq) => {
    const hash = life.hashAt(seq);
    return hash === undefined ? [] : [{ seq, hash }];
  });
  const held = lives.filter((one) => one.incarnation === present || one.head().seq > 0);
  return {
    v: 1,
    device,
    incarnation,
    type: 'hello',
    bornAt: life.bornAt,
    parent: life.parent,
    head,
    oldestSeq: head.seq === 0 ? 0 : 1,
    appVersion,
    at,
    freeDiskBytes,
    masterData,
    capabilities: [SYNC_2],
    ...(incarnation === present ? {} : { livingAs: present }),
    lives: held.slice(-MAX_LIVES).map((one) => ({ incarnation: one.incarnation, head: offeredHead(one) })),
    marks,
    schemas: ENTRY_SCHEMAS,
    publicKey,
  };
}

/** A batch of entries after `afterSeq`; undefined when there is none. */
export function batchOf(device: string, life: Life, afterSeq: number, maxRows: number): Batch | undefined {
  const rows = life.rowsAfter(afterSeq, maxRows, BATCH_BYTES);
  const [first, last] = [rows[0], rows.at(-1)];
  const previousHash = life.hashAt(afterSeq);
  if (first === undefined || last === undefined || previousHash === undefined) return undefined;
  const { incarnation } = life;
  const place = tracePlaceOf(last);
  return {
    v: 1,
    device,
    incarnation,
    type: 'batch',
    from: first.seq,
    to: last.seq,
    previousHash,
    rows,
    ...(place === undefined ? {} : { traceparent: traceparentOf(place) }),
  };
}

/** The digest of a life's first `upToSeq` entries; undefined when one that a block ends at is missing. */
export function digestOf(device: string, life: Life, upToSeq: number): Digest | undefined {
  const { firstSeq, ends } = blockEnds(upToSeq);
  const blocks: Digest['blocks'] = [];
  for (const seq of ends) {
    const hash = life.hashAt(seq);
    if (hash === undefined) return undefined;
    blocks.push({ seq, hash });
  }
  return { v: 1, device, incarnation: life.incarnation, type: 'digest', firstSeq, blocks };
}
