import type { PumpState } from '@weighgate/edge-agent/src/sync/pump-state.ts';
import type { DownMessage, UpMessage, Uuid } from '@weighgate/protocol';
import type { CloudSide } from './cloud-side.ts';
import type { DiskLife } from './edge-side.ts';
import { headHashOf, ordinalOf } from './entry-rows.ts';
import type { World } from './sync-world.ts';

/** So much of a hash tells the few chains of a model apart. */
const HASH_CHARACTERS = 10;

const id = (uuid: string | null | undefined) =>
  uuid === null || uuid === undefined ? '-' : ordinalOf(uuid).toString(36);
const short = (hash: string) => hash.slice(0, HASH_CHARACTERS);

/** Parts of a world never change and are shared by many worlds: each is put into words once. */
function onceEach<T extends object>(wordsOf: (part: T) => string): (part: T) => string {
  const known = new WeakMap<T, string>();
  return (part) => {
    const before = known.get(part);
    if (before !== undefined) return before;
    const words = wordsOf(part);
    known.set(part, words);
    return words;
  };
}

const livesKey = onceEach(livesInWords);
const pumpKey = onceEach(pumpInWords);
const cloudKey = onceEach(cloudInWords);
/** The same text for messages that are the same. */
export const upKey = onceEach(upInWords);
/** The same text for messages that are the same. */
export const downKey = onceEach(downInWords);

/** The same text for worlds that go on alike. A chain is told by its last hash, which covers everything before. */
export function keyOfWorld(world: World): string {
  const { edge, cloud, committed, up, down, weighed, made, image, backup, left, secured, unlucky } = world;
  return [
    livesKey(edge.lives),
    pumpKey(edge.pump),
    cloudKey(cloud),
    committed === null ? '' : cloudKey(committed),
    up.map(upKey).toSorted().join(' '),
    down.map(downKey).toSorted().join(' '),
    weighed,
    made,
    image === null ? '' : livesKey(image),
    backup === null ? '' : cloudKey(backup),
    `${left.duplicates}${left.crashes}${left.images}${left.backups}${left.catastrophes}`,
    // It says who is to blame for what a catastrophe takes; without another one there is nobody to blame.
    left.catastrophes === 0 ? '' : [...secured].toSorted().join(''),
    [...unlucky].toSorted().join(''),
    world.wrong ?? '',
  ].join('|');
}

/** The same, with the order in which messages are under way: when nothing goes wrong the oldest arrives first. */
export function calmKeyOfWorld(world: World): string {
  return [keyOfWorld(world), ...world.up.map(upKey), ...world.down.map(downKey)].join('#');
}

function livesInWords(lives: readonly DiskLife[]): string {
  return lives
    .map(({ incarnation, rows, partedAfter, ackedSeq, cloudEpoch, deletedTo }) =>
      [
        id(incarnation),
        short(headHashOf(incarnation, rows)),
        partedAfter ?? '-',
        ackedSeq,
        id(cloudEpoch),
        deletedTo,
      ].join('.'),
    )
    .join(' ');
}

function pumpInWords(pump: PumpState): string {
  const chains = pump.chains.map(({ incarnation, headSeq, ackedSeq, cloudEpoch, partedAfter }) =>
    [id(incarnation), headSeq, ackedSeq, id(cloudEpoch), partedAfter ?? '-'].join('.'),
  );
  const { rejected, parting } = pump;
  return [
    pump.phase,
    pump.at,
    pump.sentSeq,
    pump.inFlight.map(({ toSeq }) => toSeq).join('.'),
    pump.window,
    id(pump.cloudEpoch),
    pump.answersDigests ? 1 : 0,
    pump.rewoundTo ?? '-',
    pump.retryAtMs === null ? 0 : 1,
    rejected === null ? '' : `${rejected.seq}.${rejected.code}.${rejected.times}`,
    parting === null ? '' : `${id(parting.incarnation)}.${parting.agreedSeq}`,
    pump.barrenLives,
    ...chains,
  ].join(' ');
}

/** What the cloud applied and which facts it knows follow from its chains, unless it is a weakened one. */
function cloudInWords({ epoch, chains, applied }: CloudSide): string {
  const stored = [...chains]
    .map(([incarnation, rows]) => `${id(incarnation)}.${rows.map(({ hash }) => hash.slice(0, 4)).join('')}`)
    .toSorted();
  return [id(epoch), ...stored, Array.from(applied, (times) => times ?? 0).join('')].join(' ');
}

function upInWords(message: UpMessage): string {
  if (!('incarnation' in message)) return JSON.stringify(message);
  const chain = `${message.type} ${id(message.incarnation)}`;
  switch (message.type) {
    case 'hello': {
      const lives = (message.lives ?? []).map((life) => `${id(life.incarnation)}.${short(life.head.hash)}`);
      return [chain, short(message.head.hash), id(message.livingAs), ...lives].join(' ');
    }
    case 'batch':
      return `${chain} ${message.from} ${short(message.rows.at(-1)?.hash ?? '')}`;
    default:
      return JSON.stringify(message);
  }
}

function downInWords(message: DownMessage): string {
  if (!('incarnation' in message)) return JSON.stringify(message);
  const chain = `${message.type} ${id(message.incarnation as Uuid)}`;
  switch (message.type) {
    case 'welcome':
      return `${chain} ${id(message.cloudEpoch)} ${message.upTo} ${short(message.hash)} ${message.agreedSeq} ${short(message.agreedHash ?? '')}`;
    case 'ack':
      return `${chain} ${id(message.cloudEpoch)} ${message.upTo} ${short(message.hash)}`;
    case 'need':
      return `${chain} ${message.from}`;
    case 'fork':
      return `${chain} ${message.seq} ${short(message.cloudHash)}`;
    default:
      return JSON.stringify(message);
  }
}
