import { type EntryTime, genesisHash, type Hello } from '@weighgate/protocol';
import type { Alarm } from '../fleet/raise-alarm.ts';
import type { IngestPosition } from './plan-batch.ts';

/** A boot of a device as its HELLOs told of it. */
export interface KnownBoot {
  bootId: string;
  /** The monotonic clock of its last HELLO. */
  monoMs: number;
  /** Whether no boot of the device was first heard of after it. */
  isNewest: boolean;
}

/** What is stored about a device and the chain it greets with. */
export interface HelloFacts {
  position: IngestPosition;
  /** Hash stored at the seq that the device says its chain ends with; undefined beyond what is stored. */
  hashAtItsHead: string | undefined;
  /** When the last stored entry of the chain was made; undefined when nothing is stored. */
  lastEntryAt: EntryTime | undefined;
  boots: readonly KnownBoot[];
  /** The chain of the device's last HELLO; undefined before the first. */
  lastIncarnation: string | undefined;
  /** Keys in force that the device may sign with; left out or empty when none is on file. */
  publicKeys?: readonly string[];
}

export interface HelloPlan {
  answer: { type: 'welcome' } | { type: 'fork'; seq: number; cloudHash: string };
  /** Said before and delivered late: it is answered and changes nothing that is known of the device. */
  isStale: boolean;
  alarms: Alarm[];
  /** Why no command may be sent to the device; null when it may. */
  quarantine: string | null;
}

/** Decides what a HELLO means beside what is stored. Pure. */
export function planHello(hello: Hello, facts: HelloFacts): HelloPlan {
  const { head } = hello;
  const known = facts.boots.find(({ bootId }) => bootId === hello.at.bootId);
  if (known !== undefined && hello.at.monoMs < known.monoMs) {
    return { answer: answerTo(hello, facts), isStale: true, alarms: [], quarantine: null };
  }
  const alarm = (code: Alarm['code'], seq: number | null, detail: string): Alarm => ({
    code,
    device: hello.device,
    incarnation: code === 'duplicate_device' ? null : hello.incarnation,
    seq,
    detail,
  });
  const alarms: Alarm[] = [];
  let quarantine: string | null = null;
  if (known !== undefined && !known.isNewest && hello.at.monoMs > known.monoMs) {
    quarantine = `boot ${known.bootId} speaks again after a later boot: two machines run under this name`;
    alarms.push(alarm('duplicate_device', null, quarantine));
  }
  const isPresentLife = (hello.livingAs ?? hello.incarnation) === hello.incarnation;
  const answer = answerTo(hello, facts);
  if (answer.type === 'fork') {
    alarms.push(
      alarm('fork', answer.seq, `HELLO ends at entry ${head.seq} with another hash than is stored`),
    );
  } else if (isPresentLife && isBehind(hello, facts)) {
    const { contiguousSeq } = facts.position;
    const detail = `the device ends at entry ${head.seq} of a chain that is stored to ${contiguousSeq}: an older image of it runs`;
    alarms.push(alarm('device_behind', head.seq, detail));
  }
  const { lastIncarnation, position, publicKeys = [] } = facts;
  const { publicKey } = hello;
  if (publicKey !== undefined && publicKeys.length > 0 && !publicKeys.includes(publicKey)) {
    alarms.push(alarm('unknown_key', null, `it says that it signs with ${publicKey}, which nobody enrolled`));
  }
  const isAnother = lastIncarnation !== undefined && lastIncarnation !== hello.incarnation;
  if (isPresentLife && isAnother && position.contiguousSeq > 0) {
    alarms.push(alarm('chain_returned', head.seq, `it had gone on as ${lastIncarnation}`));
  }
  return { answer, isStale: false, alarms, quarantine };
}

function answerTo({ head }: Hello, { hashAtItsHead }: HelloFacts): HelloPlan['answer'] {
  return hashAtItsHead !== undefined && head.seq > 0 && hashAtItsHead !== head.hash
    ? { type: 'fork', seq: head.seq, cloudHash: hashAtItsHead }
    : { type: 'welcome' };
}

/** Less in the device than here. A HELLO that was said before the last stored entry was made says nothing of the kind. */
function isBehind({ head, at }: Hello, { position, lastEntryAt }: HelloFacts): boolean {
  if (head.seq >= position.contiguousSeq) return false;
  return lastEntryAt === undefined || lastEntryAt.bootId !== at.bootId || lastEntryAt.monoMs < at.monoMs;
}

/** Highest of the device's head and marks at which the same hash is stored, and that hash; 0 when at none. Pure. */
export function agreedOf(
  { device, incarnation, head, marks = [] }: Hello,
  hashes: ReadonlyMap<number, string>,
): { agreedSeq: number; agreedHash: string } {
  const shared = [head, ...marks].filter(({ seq, hash }) => hashes.get(seq) === hash);
  const [highest] = shared.toSorted((a, b) => b.seq - a.seq);
  const { seq, hash } = highest ?? { seq: 0, hash: genesisHash(device, incarnation) };
  return { agreedSeq: seq, agreedHash: hash };
}
