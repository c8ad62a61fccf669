import type { Random } from '../random.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const YEAR_MS = 365 * 24 * HOUR_MS;

/** What can befall the world at a moment. `edge` is the number of an edge; what names none befalls the cloud or all. */
export type Fault = { atMs: number } & (
  | { kind: 'edge_crash'; edge: number; downMs: number }
  /** At once, or when the next weighing has just been reported. */
  | { kind: 'edge_power_cut'; edge: number; downMs: number; afterReport: boolean }
  | { kind: 'clock_step'; edge: number; stepMs: number }
  | { kind: 'disk_copied'; edge: number }
  | { kind: 'old_disk_back'; edge: number }
  | { kind: 'disk_wiped'; edge: number }
  | { kind: 'edge_backup'; edge: number }
  | { kind: 'edge_restored'; edge: number }
  | { kind: 'commit_unknown'; edge: number; landed: boolean }
  | { kind: 'disk_full'; edge: number; forMs: number }
  | { kind: 'cut_off'; edge: number; forMs: number }
  | { kind: 'answers_lost'; edge: number; forMs: number }
  | { kind: 'cloud_crash'; point: CrashPoint; downMs: number }
  | { kind: 'cloud_cut_off'; forMs: number }
  | { kind: 'cloud_backup' }
  | { kind: 'cloud_restored'; downMs: number }
  | { kind: 'broker_restart'; downMs: number }
);

/** Where the cloud dies: doing nothing, or at the next message before or after its commit. */
export type CrashPoint = 'idle' | 'before_commit' | 'after_commit';

export type FaultKind = Fault['kind'];

/** Chance of each for one message on one hop. */
export interface Weather {
  loss: number;
  duplicate: number;
  reorder: number;
  /** Held back for up to `longestDelayMs`. */
  delay: number;
  longestDelayMs: number;
}

export const calm: Weather = { loss: 0, duplicate: 0, reorder: 0, delay: 0, longestDelayMs: 0 };

/** What operators and drivers do beside weighing. */
export interface Conduct {
  doublePress: number;
  leavesEarly: number;
}

export type Personality = 'aedes' | 'mosquitto' | 'strict';

/** One world before it begins: everything in it follows from this and the seed. */
export interface Plan {
  seed: number;
  edges: number;
  personality: Personality;
  chaosMs: number;
  /** Mean time between two trucks at one weighbridge. */
  trucksEveryMs: number;
  weather: Weather;
  conduct: Conduct;
  faults: readonly Fault[];
}

const faultKinds = [
  'edge_crash',
  'edge_power_cut',
  'clock_step',
  'disk_copied',
  'old_disk_back',
  'disk_wiped',
  'edge_backup',
  'edge_restored',
  'commit_unknown',
  'disk_full',
  'cut_off',
  'answers_lost',
  'cloud_crash',
  'cloud_cut_off',
  'cloud_backup',
  'cloud_restored',
  'broker_restart',
] as const satisfies readonly FaultKind[];

/** What takes a copy away for good; more than two of these a world leave little to check. */
const catastrophes: readonly FaultKind[] = ['old_disk_back', 'disk_wiped', 'edge_restored', 'cloud_restored'];
const MAX_CATASTROPHES = 3;

/** Draws a world. Each seed leaves out about half of what can go wrong, so that the rest meets more often. */
export function drawPlan(seed: number, random: Random): Plan {
  const draw = random.fork('plan');
  const chaosMs = draw.between(20 * MINUTE_MS, 3 * HOUR_MS);
  const edges = draw.whole(1, 4);
  const kinds = faultKinds.filter(() => draw.next() < 0.5);
  const count = kinds.length === 0 ? 0 : draw.whole(0, 12);
  const faults = Array.from({ length: count }, () => drawFault(draw.pick(kinds), draw, { chaosMs, edges }))
    .flatMap((fault) => withCopy(fault, draw))
    .toSorted((a, b) => a.atMs - b.atMs);
  const sometimes = (most: number) => (draw.next() < 0.5 ? draw.between(0, most) : 0);
  return {
    seed,
    edges,
    personality: draw.pick(['aedes', 'mosquitto', 'strict'] as const),
    chaosMs,
    trucksEveryMs: draw.between(30 * SECOND_MS, 10 * MINUTE_MS),
    weather: {
      loss: sometimes(0.3),
      duplicate: sometimes(0.3),
      reorder: sometimes(0.3),
      delay: sometimes(0.1),
      longestDelayMs: draw.between(SECOND_MS, HOUR_MS),
    },
    conduct: { doublePress: sometimes(0.5), leavesEarly: sometimes(0.2) },
    faults: withFewCatastrophes(faults),
  };
}

function drawFault(
  kind: FaultKind,
  draw: Random,
  { chaosMs, edges }: { chaosMs: number; edges: number },
): Fault {
  const atMs = draw.between(0, chaosMs);
  const edge = draw.whole(0, edges - 1);
  const forMs = draw.between(SECOND_MS, 30 * MINUTE_MS);
  const downMs = draw.between(SECOND_MS, 5 * MINUTE_MS);
  switch (kind) {
    case 'edge_crash':
      return { atMs, kind, edge, downMs };
    case 'edge_power_cut':
      return { atMs, kind, edge, downMs, afterReport: draw.next() < 0.5 };
    case 'clock_step':
      return { atMs, kind, edge, stepMs: Math.round(draw.between(-10 * YEAR_MS, 10 * YEAR_MS)) };
    case 'disk_copied':
    case 'old_disk_back':
    case 'disk_wiped':
    case 'edge_backup':
    case 'edge_restored':
      return { atMs, kind, edge };
    case 'commit_unknown':
      return { atMs, kind, edge, landed: draw.next() < 0.5 };
    case 'disk_full':
    case 'cut_off':
    case 'answers_lost':
      return { atMs, kind, edge, forMs };
    case 'cloud_crash':
      return { atMs, kind, point: draw.pick(['idle', 'before_commit', 'after_commit'] as const), downMs };
    case 'cloud_cut_off':
      return { atMs, kind, forMs };
    case 'cloud_backup':
      return { atMs, kind };
    case 'cloud_restored':
    case 'broker_restart':
      return { atMs, kind, downMs };
  }
}

/** What goes back to a copy has one to go back to, made some time before. */
function withCopy(fault: Fault, draw: Random): Fault[] {
  const atMs = fault.atMs * draw.next();
  switch (fault.kind) {
    case 'old_disk_back':
      return [{ atMs, kind: 'disk_copied', edge: fault.edge }, fault];
    case 'edge_restored':
      return [{ atMs, kind: 'edge_backup', edge: fault.edge }, fault];
    case 'cloud_restored':
      return [{ atMs, kind: 'cloud_backup' }, fault];
    default:
      return [fault];
  }
}

function withFewCatastrophes(faults: readonly Fault[]): Fault[] {
  let seen = 0;
  return faults.filter(({ kind }) => {
    if (!catastrophes.includes(kind)) return true;
    seen += 1;
    return seen <= MAX_CATASTROPHES;
  });
}
