import type { DownMessage, UpMessage, Uuid } from '@weighgate/protocol';
import { type CloudRules, type CloudSide, newCloud, productionCloud } from './cloud-side.ts';
import {
  type DiskLife,
  type EdgeEffects,
  type EdgeSide,
  hear,
  newLife,
  reactEdge,
  startEdge,
  weigh,
} from './edge-side.ts';
import { nthId } from './entry-rows.ts';
import type { Model, Step } from './explore.ts';
import { calmKeyOfWorld, downKey, keyOfWorld, upKey } from './world-key.ts';

/** How much may happen in the world, so that it ends. */
export interface Bounds {
  weighings: number;
  /** Messages under way in each direction. For one more, any of them or the new one is lost. */
  underWay: number;
  duplicates: number;
  crashes: number;
  /** Copies of the edge's disk, and of the cloud's database. */
  images: number;
  backups: number;
  /** The edge's disk lost or replaced by its copy, the cloud's database replaced by its copy. */
  catastrophes: number;
}

/** The bounds of the check that runs by default. */
export const BOUNDS: Bounds = {
  weighings: 3,
  underWay: 2,
  duplicates: 1,
  crashes: 1,
  images: 1,
  backups: 1,
  catastrophes: 1,
};

/** What a protocol does otherwise than the production one. */
export interface Weakness {
  cloud?: CloudRules;
  /** Acknowledgements go out before the commit, which a crash of the cloud then undoes. */
  acksBeforeCommit?: boolean;
  /** The edge deletes what was acknowledged. */
  deletesOnAck?: boolean;
  /** The last commit of the edge is lost when its power is. */
  losesLastCommit?: boolean;
  /** A cloud on an older copy of its database does not say so. */
  keepsEpoch?: boolean;
}

export interface World {
  edge: EdgeSide;
  cloud: CloudSide;
  /** What a cloud that acknowledges too early would fall back to; null when everything is committed. */
  committed: CloudSide | null;
  up: readonly UpMessage[];
  down: readonly DownMessage[];
  /** Weighings 0 to this, exclusive, were reported to the driver. */
  weighed: number;
  /** Ids made so far. */
  made: number;
  image: readonly DiskLife[] | null;
  backup: CloudSide | null;
  left: Bounds;
  /** Weighings that the cloud has committed at some time. */
  secured: ReadonlySet<number>;
  /** Weighings whose only copy a catastrophe took before the cloud could have had it. */
  unlucky: ReadonlySet<number>;
  /** What is wrong, when something is. */
  wrong: string | undefined;
}

/** The sync protocol between one edge and the cloud over a network that loses, repeats and reorders as it likes. */
export function syncModel(weakness: Weakness = {}, bounds: Bounds = BOUNDS): Model<World> {
  const rules = weakness.cloud ?? productionCloud;

  /** Changes a copy of a world; what the edge sends and believes goes into it. */
  function after(world: World, change: (next: World, effects: EdgeEffects) => void): World {
    const next = { ...world };
    const effects: EdgeEffects = {
      send: (message) => {
        next.up = withMessage(next.up, message, upKey);
      },
      makeId: () => {
        next.made += 1;
        return nthId(next.made);
      },
      believes: (incarnation, seq, epoch) => {
        if (weakness.cloud === undefined && seq > 0)
          next.wrong ??= unfoundedBelief(next, incarnation, seq, epoch);
      },
    };
    change(next, effects);
    if (weakness.deletesOnAck === true) next.edge = { ...next.edge, lives: next.edge.lives.map(deleted) };
    return next;
  }

  const deliverUp = (world: World, message: UpMessage, left: readonly UpMessage[]): World =>
    after({ ...world, up: left }, (next) => {
      const before = next.cloud;
      const { cloud, answers } = rules(before, message);
      next.cloud = cloud;
      if (weakness.acksBeforeCommit === true && cloud !== before) next.committed ??= before;
      if (next.committed === null) next.secured = securedBy(next.secured, cloud);
      for (const answer of answers) next.down = withMessage(next.down, answer, downKey);
    });

  const deliverDown = (world: World, message: DownMessage, left: readonly DownMessage[]): World =>
    after({ ...world, down: left }, (next, effects) => {
      next.edge = hear(next.edge, message, effects);
    });

  const tick = (world: World): World =>
    after(world, (next, effects) => {
      next.edge = reactEdge(next.edge, { kind: 'tick' }, effects);
    });

  const restart = (world: World, lives: readonly DiskLife[]): World =>
    after(world, (next, effects) => {
      next.edge = startEdge(lives, effects);
    });

  /** What can make no difference any more is forgotten, so that worlds that go on alike are told to be the same. */
  const spend = (world: World, what: keyof Bounds): World => {
    const left = { ...world.left, [what]: world.left[what] - 1 };
    if (left.catastrophes === 0) {
      const over = { images: 0, backups: 0 };
      return { ...world, left: { ...left, ...over }, image: null, backup: null };
    }
    // Only one copy can still be put to use.
    if (left.catastrophes === 1 && (what === 'images' || what === 'backups')) {
      return { ...world, left: { ...left, images: 0, backups: 0 } };
    }
    return { ...world, left };
  };

  function* faults(world: World): Iterable<Step<World>> {
    const { left, edge, cloud, image, backup } = world;
    if (left.crashes > 0) {
      const lives = weakness.losesLastCommit === true ? withoutLastRow(edge.lives) : edge.lives;
      yield {
        name: 'the edge loses its power and starts again',
        state: restart(spend(world, 'crashes'), lives),
      };
      if (world.committed !== null) {
        const lost = { ...spend(world, 'crashes'), cloud: world.committed, committed: null };
        yield { name: 'the cloud dies before its commit', state: lost };
      }
    }
    if (left.images > 0)
      yield { name: 'the disk is copied', state: { ...spend(world, 'images'), image: edge.lives } };
    if (left.backups > 0)
      yield { name: 'the cloud is backed up', state: { ...spend(world, 'backups'), backup: cloud } };
    if (left.catastrophes === 0) return;
    const struck = spend(world, 'catastrophes');
    // With one catastrophe left, a copy that was made and not used might as well not have been made.
    if (left.catastrophes > 1 || (image === null && backup === null)) {
      yield {
        name: 'the disk is lost and a new one put in',
        state: replaced(struck, (makeId) => [newLife(makeId())]),
      };
    }
    if (image !== null) {
      yield { name: 'the old copy of the disk is put back', state: replaced(struck, () => image) };
      yield {
        name: 'the old copy of the disk is restored as a new life',
        state: replaced(struck, (makeId) => [...image, newLife(makeId())]),
      };
    }
    if (backup !== null) {
      const made = struck.made + 1;
      const epoch = weakness.keepsEpoch === true ? backup.epoch : nthId(made);
      yield {
        name: 'the cloud is restored from its backup',
        state: { ...struck, made, cloud: { ...backup, epoch } },
      };
    }
  }

  /** The edge goes on with another disk; what was only on the old one and never in the cloud is nobody's fault. */
  function replaced(world: World, livesOf: (makeId: () => Uuid) => readonly DiskLife[]): World {
    let made = world.made;
    const lives = livesOf(() => {
      made += 1;
      return nthId(made);
    });
    const kept = weighingsOn(lives);
    const lost = [...weighingsOn(world.edge.lives)].filter(
      (one) => !kept.has(one) && !world.secured.has(one),
    );
    return restart({ ...world, made, unlucky: new Set([...world.unlucky, ...lost]) }, lives);
  }

  function* stepsOf(world: World): Iterable<Step<World>> {
    for (const step of everythingNext(world)) yield* withLosses(step, bounds.underWay);
  }

  function* everythingNext(world: World): Iterable<Step<World>> {
    const { up, down, weighed } = world;
    if (weighed < bounds.weighings) {
      yield {
        name: `truck ${weighed + 1} is weighed`,
        state: after({ ...world, weighed: weighed + 1 }, (next, effects) => {
          next.edge = weigh(next.edge, weighed, effects);
        }),
      };
    }
    for (const [at, message] of up.entries()) {
      const rest = up.toSpliced(at, 1);
      yield { name: `the cloud gets ${wordsOf(message)}`, state: deliverUp(world, message, rest) };
      if (world.left.duplicates > 0) {
        const twice = deliverUp(spend(world, 'duplicates'), message, up);
        yield { name: `the cloud gets ${wordsOf(message)}, which will come again`, state: twice };
      }
    }
    for (const [at, message] of down.entries()) {
      const rest = down.toSpliced(at, 1);
      yield { name: `the edge gets ${wordsOf(message)}`, state: deliverDown(world, message, rest) };
      if (world.left.duplicates > 0) {
        const twice = deliverDown(spend(world, 'duplicates'), message, down);
        yield { name: `the edge gets ${wordsOf(message)}, which will come again`, state: twice };
      }
    }
    if (world.committed !== null) yield { name: 'the cloud commits', state: committedNow(world) };
    yield { name: 'time passes', state: tick(world) };
    yield* faults(world);
  }

  function* calmBeginningsOf(world: World): Iterable<Step<World>> {
    yield { name: 'everything under way arrives', state: world };
    if (world.up.length + world.down.length > 0)
      yield { name: 'everything under way is lost', state: { ...world, up: [], down: [] } };
  }

  function calmStepOf(world: World): Step<World> | undefined {
    if (world.committed !== null) return { name: 'the cloud commits', state: committedNow(world) };
    const [oldestUp, ...restUp] = world.up;
    if (oldestUp !== undefined)
      return { name: `the cloud gets ${wordsOf(oldestUp)}`, state: deliverUp(world, oldestUp, restUp) };
    const [oldestDown, ...restDown] = world.down;
    if (oldestDown !== undefined)
      return {
        name: `the edge gets ${wordsOf(oldestDown)}`,
        state: deliverDown(world, oldestDown, restDown),
      };
    const later = tick(world);
    return keyOfWorld(afterAnswers(later)) === keyOfWorld(world)
      ? undefined
      : { name: 'time passes', state: later };
  }

  /** Once everything under way has arrived: a greeting that changes nothing is rest. */
  function afterAnswers(world: World): World {
    let at = world;
    for (let turns = 0; turns < 8; turns += 1) {
      const [oldestUp, ...restUp] = at.up;
      const [oldestDown, ...restDown] = at.down;
      if (oldestUp !== undefined) at = deliverUp(at, oldestUp, restUp);
      else if (oldestDown !== undefined) at = deliverDown(at, oldestDown, restDown);
      else return at;
    }
    return at;
  }

  const initial = restart(
    {
      edge: startEdge([newLife(nthId(1))], {
        send: () => undefined,
        makeId: () => nthId(1),
        believes: () => undefined,
      }),
      cloud: newCloud(nthId(2)),
      committed: null,
      up: [],
      down: [],
      weighed: 0,
      made: 2,
      image: null,
      backup: null,
      left: bounds,
      secured: new Set(),
      unlucky: new Set(),
      wrong: undefined,
    },
    [newLife(nthId(1))],
  );
  return {
    initial,
    keyOf: keyOfWorld,
    calmKeyOf: calmKeyOfWorld,
    stepsOf,
    calmBeginningsOf,
    calmStepOf,
    violationIn,
    violationAtRest,
  };
}

/** A message that is under way already is not sent beside itself: that it comes twice is a fault of its own. */
function withMessage<T>(underWay: readonly T[], message: T, keyOf: (message: T) => string): readonly T[] {
  const key = keyOf(message);
  return underWay.some((one) => keyOf(one) === key) ? underWay : [...underWay, message];
}

/**
 * Every way of losing just so many messages that the rest is within the bound. To lose one earlier would make no
 * difference: a message that is never delivered is lost.
 */
function* withLosses(step: Step<World>, most: number): Iterable<Step<World>> {
  const { name, state } = step;
  if (state.up.length > most) {
    for (const [at, message] of state.up.entries()) {
      const lost = {
        name: `${name}; ${wordsOf(message)} is lost`,
        state: { ...state, up: state.up.toSpliced(at, 1) },
      };
      yield* withLosses(lost, most);
    }
  } else if (state.down.length > most) {
    for (const [at, message] of state.down.entries()) {
      const lost = {
        name: `${name}; ${wordsOf(message)} is lost`,
        state: { ...state, down: state.down.toSpliced(at, 1) },
      };
      yield* withLosses(lost, most);
    }
  } else {
    yield step;
  }
}

function committedNow(world: World): World {
  return { ...world, committed: null, secured: securedBy(world.secured, world.cloud) };
}

/** I2: one weighing is applied once. I4: what the edge believes acknowledged is committed. */
function violationIn({ cloud, wrong }: World): string | undefined {
  if (wrong !== undefined) return wrong;
  const twice = cloud.applied.findIndex((times) => (times ?? 0) > 1);
  return twice === -1
    ? undefined
    : `I2: the weighing of truck ${twice + 1} was applied ${cloud.applied[twice]} times`;
}

/** I1: every weighing that was reported is in the cloud when all is done. I8: nothing is still waiting. */
function violationAtRest({ cloud, weighed, unlucky, edge }: World): string | undefined {
  for (let weighing = 0; weighing < weighed; weighing += 1) {
    if ((cloud.applied[weighing] ?? 0) === 0 && !unlucky.has(weighing))
      return `I1: the weighing of truck ${weighing + 1} is lost`;
  }
  return edge.pump.phase === 'streaming' ? undefined : `I8: the edge rests as ${edge.pump.phase}`;
}

function unfoundedBelief(world: World, incarnation: Uuid, seq: number, epoch: string): string | undefined {
  // Of another life of the cloud's database nothing can be said here; the edge asks again as soon as it hears of it.
  if (epoch !== world.cloud.epoch) return undefined;
  const own = world.edge.lives.find((life) => life.incarnation === incarnation)?.rows[seq - 1]?.hash;
  const held = world.cloud.chains.get(incarnation)?.[seq - 1]?.hash;
  return own === held ? undefined : `I4: the edge takes entry ${seq} for committed, and it is not`;
}

function securedBy(secured: ReadonlySet<number>, cloud: CloudSide): ReadonlySet<number> {
  const fresh = cloud.applied.flatMap((times, weighing) =>
    times > 0 && !secured.has(weighing) ? [weighing] : [],
  );
  return fresh.length === 0 ? secured : new Set([...secured, ...fresh]);
}

function weighingsOn(lives: readonly DiskLife[]): Set<number> {
  return new Set(
    lives.flatMap(({ rows, deletedTo }) => rows.slice(deletedTo).map(({ weighing }) => weighing)),
  );
}

function deleted(life: DiskLife): DiskLife {
  return life.ackedSeq > life.deletedTo ? { ...life, deletedTo: life.ackedSeq } : life;
}

function withoutLastRow(lives: readonly DiskLife[]): readonly DiskLife[] {
  const present = lives.at(-1);
  if (present === undefined || present.rows.length === 0) return lives;
  const rows = present.rows.slice(0, -1);
  return lives.with(-1, { ...present, rows, ackedSeq: Math.min(present.ackedSeq, rows.length) });
}

function wordsOf(message: UpMessage | DownMessage): string {
  switch (message.type) {
    case 'batch':
      return `BATCH ${message.from}-${message.to}`;
    case 'hello':
      return `HELLO ${message.head.seq}`;
    case 'welcome':
    case 'ack':
      return `${message.type.toUpperCase()} ${message.upTo}`;
    case 'need':
      return `NEED ${message.from}`;
    case 'fork':
      return `FORK ${message.seq}`;
    default:
      return message.type.toUpperCase();
  }
}
