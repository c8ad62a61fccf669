import type {
  JournalEntry,
  MasterDataUsed,
  Net,
  RegisteredWeight,
  StoredTare,
  TareDrift,
  Uuid,
} from '@weighgate/protocol';

/** A truck that was weighed in and not out. */
export interface OpenSession {
  sessionId: Uuid;
  truck: string;
  produce: string | null;
  provider: string | null;
  first: { weightId: Uuid; grossG: number; containers: readonly string[] };
}

/** A caller's key for one POST, and a digest of what it asked: the same key never weighs twice. */
export interface Idempotency {
  key: string;
  requestDigest: string;
}

/** What is said when a weighing is put on record, before it has its number. */
export interface WeighingFacts {
  sessionId: Uuid;
  truck: string;
  produce: string | null;
  /** Who delivers, where it is known. */
  provider?: string | undefined;
  containers: readonly string[];
  weight: RegisteredWeight;
  /** The truck's legal gross, in grams, where one is set. */
  legalGrossG?: number | undefined;
  inspection?: true | undefined;
  /** What of the cloud's lists it used. */
  masterData?: MasterDataUsed | undefined;
}

/** One entry of the journal that records a weighing, as committed. */
export type WeighingEntry = Extract<
  JournalEntry,
  { kind: 'session.opened' | 'session.closed' | 'session.one_pass' | 'weight.single' }
>;

/**
 * What the desk needs of a store. Each `record…` is one transaction: weight, session, ticket number, journal entry and
 * idempotency key together or not at all; it returns only after the commit is durable.
 */
export interface WeighingStore {
  openSessionOf(truck: string): OpenSession | undefined;
  /** Tares in grams of those of the containers that have one. */
  taresOf(containers: Iterable<string>): ReadonlyMap<string, number>;
  /** @param facts.supersedes the open session of the same truck that ends with this weighing */
  recordIn(
    facts: WeighingFacts & { supersedes?: Uuid | undefined },
    idempotency: Idempotency | null,
  ): WeighingEntry;
  recordOut(
    facts: WeighingFacts & {
      first: OpenSession['first'];
      tares: ReadonlyMap<string, number>;
      net: Net;
      tareDrift?: TareDrift | undefined;
    },
    idempotency: Idempotency | null,
  ): WeighingEntry;
  /** A truck weighed once: a session that is closed from the start. */
  recordOnePass(
    facts: WeighingFacts & {
      storedTare: StoredTare;
      tares: ReadonlyMap<string, number>;
      net: Extract<Net, { kind: 'known' }>;
    },
    idempotency: Idempotency | null,
  ): WeighingEntry;
  recordSingle(
    facts: Omit<WeighingFacts, 'truck'> & { truck: string | null; purpose?: 'check' | undefined },
    idempotency: Idempotency | null,
  ): WeighingEntry;
  /** The entry a key was used for before, with the digest of that request. */
  earlierAnswer(key: string): { entry: WeighingEntry; requestDigest: string } | undefined;
}
