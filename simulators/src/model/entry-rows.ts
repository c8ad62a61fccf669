import {
  type CarriedEntry,
  chainHash,
  genesisHash,
  type JournalRow,
  type Uuid,
  uuidSchema,
} from '@weighgate/protocol';

export const DEVICE = 'gate-1';

/** One stored entry of the model, with the weighing that it states. Its text, hash and place are real ones. */
export interface Row extends JournalRow {
  weighing: number;
  /** The hash before it. */
  previousHash: string;
}

/** The `n`th id that was made. */
export function nthId(n: number): Uuid {
  return uuidSchema.parse(`00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`);
}

/** Which id it was. */
export function ordinalOf(id: string): number {
  return Number.parseInt(id.slice(-12), 16);
}

/** Which weighing a fact's id is of. */
export function weighingOf(uuid: string): number {
  return ordinalOf(uuid) - FIRST_WEIGHING_ID;
}

/** Ids of weighings begin where no other id of a model comes to. */
const FIRST_WEIGHING_ID = 0x10000;
const FIRST_CARRIED_ID = 0x20000;
const AT = { wallMs: 0, bootId: 'boot', monoMs: 0, clock: 'unknown' } as const;

/** The hash at the end of a chain. */
export function headHashOf(incarnation: Uuid, rows: readonly Row[]): string {
  return rows.at(-1)?.hash ?? genesisOf(incarnation);
}

const genesisHashes = new Map<Uuid, string>();

/** The hash before entry 1, worked out once for each of the few lives of a model. */
export function genesisOf(incarnation: Uuid): string {
  const hash = genesisHashes.get(incarnation) ?? genesisHash(DEVICE, incarnation);
  genesisHashes.set(incarnation, hash);
  return hash;
}

/** An entry that records a weighing, at the end of a chain. */
export function weighingRow(incarnation: Uuid, rows: readonly Row[], weighing: number): Row {
  const content = {
    kind: 'container_tare.set',
    uuid: nthId(FIRST_WEIGHING_ID + weighing),
    body: { container: `W${weighing}`, tareG: 1, previousTareG: null },
  };
  return rowOf(incarnation, rows, weighing, content);
}

/** An entry that carries another one over from a former life; one that does so already is carried as it first was. */
export function carryingRow(incarnation: Uuid, rows: readonly Row[], former: Uuid, carried: Row): Row {
  const { kind, body } = JSON.parse(carried.entry) as { kind: string; body: CarriedEntry };
  const { seq, hash, previousHash, entry } = carried;
  const content = {
    kind: 'entry.carried',
    uuid: nthId(FIRST_CARRIED_ID + ordinalOf(incarnation) * 100 + rows.length),
    body:
      kind === 'entry.carried' ? body : { incarnation: former, seq, previousHash, hash, entryText: entry },
  };
  return rowOf(incarnation, rows, carried.weighing, content);
}

function rowOf(
  incarnation: Uuid,
  rows: readonly Row[],
  weighing: number,
  { kind, uuid, body }: { kind: string; uuid: Uuid; body: unknown },
): Row {
  const seq = rows.length + 1;
  const entry = JSON.stringify({
    v: 1,
    kind,
    schema: 1,
    uuid,
    device: DEVICE,
    incarnation,
    seq,
    at: AT,
    body,
  });
  const previousHash = headHashOf(incarnation, rows);
  return { seq, hash: chainHash(previousHash, entry), entry, signature: null, previousHash, weighing };
}
