import {
  type Batch,
  chainHash,
  type EntryContent,
  type EntryTime,
  genesisHash,
  type Hello,
  idMaker,
  isoInstant,
  type JournalRow,
  netOf,
  type RegisteredWeight,
  systemClock,
  type Uuid,
} from '@weighgate/protocol';

const makeId = idMaker(systemClock);
const at: EntryTime = { wallMs: 1_780_000_000_000, bootId: 'boot-1', monoMs: 1_000, clock: 'synced' };

/** A device's chain as its journal would hold it, for tests: add entries, cut batches. */
export class TestChain {
  readonly device: string;
  readonly incarnation: Uuid;
  readonly rows: JournalRow[] = [];

  constructor(device = 'gate-1', incarnation = makeId()) {
    this.device = device;
    this.incarnation = incarnation;
  }

  headHash(seq = this.rows.length): string {
    return this.rows[seq - 1]?.hash ?? genesisHash(this.device, this.incarnation);
  }

  /** Appends an entry, with a header as the device would write it; `header` replaces parts of it. */
  add(
    content: EntryContent | { kind: string; body: unknown },
    header: Record<string, unknown> = {},
  ): JournalRow {
    const seq = this.rows.length + 1;
    const { device, incarnation } = this;
    const entry = { v: 1, schema: 1, uuid: makeId(), device, incarnation, seq, at, ...content, ...header };
    return this.addText(JSON.stringify(entry));
  }

  addText(entry: string): JournalRow {
    const row = {
      seq: this.rows.length + 1,
      hash: chainHash(this.headHash(), entry),
      entry,
      signature: null,
    };
    this.rows.push(row);
    return row;
  }

  batch(from = 1, to = this.rows.length): Batch {
    const rows = this.rows.slice(from - 1, to);
    const previousHash = this.headHash(from - 1);
    return {
      v: 1,
      type: 'batch',
      device: this.device,
      incarnation: this.incarnation,
      from,
      to,
      previousHash,
      rows,
    };
  }

  hello(): Hello {
    return {
      v: 1,
      type: 'hello',
      device: this.device,
      incarnation: this.incarnation,
      bornAt: isoInstant(at.wallMs),
      parent: null,
      head: { seq: this.rows.length, hash: this.headHash() },
      oldestSeq: 1,
      appVersion: '0.1.0',
      at,
      freeDiskBytes: null,
      masterData: null,
      capabilities: [],
    };
  }
}

let lastTicket = 0;
export const nextTicketNo = () => `TEST-4f2a-${String(++lastTicket).padStart(6, '0')}`;

export function testWeight(grossKg: number, registeredAt: string): RegisteredWeight {
  return {
    weightId: makeId(),
    scaleId: 'scale-1',
    grossG: grossKg * 1000,
    indication: { value: String(grossKg), unit: 'kg', increment: null },
    stability: 'indicator',
    indicator: { model: 'mt-continuous', options: {} },
    registeredAt,
    frames: [{ agoMs: 20, hex: '02303132' }],
  };
}

/** One visit of a truck: what is declared, and what the deck showed. */
export interface TestVisit {
  truck: string;
  produce: string | null;
  inKg: number;
  outKg: number;
  weighedInAt?: string;
  weighedOutAt: string;
  containersIn?: string[];
  containersOut?: string[];
  /** Known tares in kg; containers named and not here make the net pending. */
  taresKg?: Record<string, number>;
}

/** The two entries of a visit, as the desk writes them. */
export function visitEntries(visit: TestVisit) {
  const { truck, produce, weighedOutAt, containersIn = [], containersOut = [], taresKg = {} } = visit;
  const sessionId = makeId();
  const first = testWeight(visit.inKg, visit.weighedInAt ?? weighedOutAt);
  const second = testWeight(visit.outKg, weighedOutAt);
  const tareG = new Map(Object.entries(taresKg).map(([id, kg]) => [id, kg * 1000]));
  const opened = {
    kind: 'session.opened' as const,
    body: { sessionId, ticketNo: nextTicketNo(), truck, produce, containers: containersIn, weight: first },
  };
  const closed = {
    kind: 'session.closed' as const,
    body: {
      sessionId,
      ticketNo: nextTicketNo(),
      truck,
      produce,
      containers: containersOut,
      weight: second,
      first: { weightId: first.weightId, grossG: first.grossG, containers: containersIn },
      tares: [...tareG].map(([container, grams]) => ({ container, tareG: grams })),
      net: netOf(
        { grossG: first.grossG, containers: containersIn },
        { grossG: second.grossG, containers: containersOut },
        tareG,
      ),
    },
  };
  return { sessionId, opened, closed };
}
