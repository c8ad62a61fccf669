import type { NetworkFaults } from '../faulty-network.ts';
import type { Random } from '../random.ts';

/** A link of the plant: agent to broker, cloud to broker, cloud to PostgreSQL. */
export type LinkName = 'agent' | 'cloud' | 'database';

/** Ways in which a link goes wrong. */
export const linkFaults = {
  'black-hole': { swallowsUp: true, swallowsDown: true },
  'half-open': { swallowsUp: true },
  'answers-lost': { swallowsDown: true },
  resets: { cut: 0.2 },
  slow: { delayMs: 1_000, jitterMs: 1_000, bytesPerSecond: 8_000 },
  corrupt: { corrupt: 0.2 },
  doubled: { doubles: true },
  refused: { refuses: true },
} as const satisfies Record<string, NetworkFaults>;
export type LinkFault = keyof typeof linkFaults;

/** What is done to one part, and then undone. */
export type Deed =
  | { kind: 'link'; link: LinkName; fault: LinkFault }
  | { kind: 'agent-killed' }
  | { kind: 'agent-stopped' }
  /** A copy of its disk is made; at every second time the copy is put back. */
  | { kind: 'old-disk' }
  | { kind: 'agent-wiped' }
  | { kind: 'cloud-killed' }
  | { kind: 'cloud-stopped' }
  | { kind: 'backend-killed' }
  | { kind: 'postgres-killed' }
  | { kind: 'broker-killed' }
  | { kind: 'broker-stopped' }
  | { kind: 'broker-restarts' }
  /** The database is backed up; at every second time the backup is restored. */
  | { kind: 'cloud-restored' };

/** One deed of the plan. */
export interface Strike {
  /** Since the start. */
  atMs: number;
  deed: Deed;
  /** The agent it strikes, the first being 0; deeds on other parts ignore it. */
  agent: number;
  lastsMs: number;
}

export interface PlanSettings {
  durationMs: number;
  agents: number;
  /** Pause between the beginnings of two strikes. */
  everyMs: readonly [min: number, max: number];
}

const links: readonly LinkName[] = ['agent', 'cloud', 'database'];
const faults = Object.keys(linkFaults) as LinkFault[];

/** Every deed there is. Bytes changed on the way to PostgreSQL are left out: that link is plain, nobody could tell. */
export const allDeeds: readonly Deed[] = [
  ...links.flatMap((link) =>
    faults
      .filter((fault) => link !== 'database' || fault !== 'corrupt')
      .map((fault): Deed => ({ kind: 'link', link, fault })),
  ),
  { kind: 'agent-killed' },
  { kind: 'agent-killed' },
  { kind: 'agent-stopped' },
  { kind: 'old-disk' },
  { kind: 'old-disk' },
  { kind: 'agent-wiped' },
  { kind: 'cloud-killed' },
  { kind: 'cloud-killed' },
  { kind: 'cloud-stopped' },
  { kind: 'backend-killed' },
  { kind: 'postgres-killed' },
  { kind: 'broker-killed' },
  { kind: 'broker-stopped' },
  { kind: 'broker-restarts' },
  { kind: 'cloud-restored' },
  { kind: 'cloud-restored' },
];

/** What will be done when, by the seed alone. Deeds are dealt as cards are: each comes before any comes again. */
export function planOf(random: Random, { durationMs, agents, everyMs }: PlanSettings): Strike[] {
  const strikes: Strike[] = [];
  let hand: Deed[] = [];
  const [min, max] = everyMs;
  for (let atMs = random.whole(min, max); atMs < durationMs; atMs += random.whole(min, max)) {
    if (hand.length === 0) hand = shuffled(allDeeds, random);
    const deed = hand.pop();
    if (deed === undefined) break;
    strikes.push({ atMs, deed, agent: random.whole(0, agents - 1), lastsMs: random.whole(min, max) });
  }
  return strikes;
}

function shuffled<T>(list: readonly T[], random: Random): T[] {
  return list
    .map((item) => ({ item, place: random.next() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
