import assert from 'node:assert/strict';
import { isoInstant, truckIdSchema, truckKeyOf } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Trx } from '../../store/database.ts';
import { findTrucks } from '../find-trucks.ts';
import { reassignTruck } from '../reassign-truck.ts';
import { registerTruck } from '../register-truck.ts';
import {
  badCell,
  type CsvFile,
  EXPORT_PAGE_ROWS,
  type FileRow,
  type ImportParts,
  type PlannedRow,
} from './csv-file.ts';

type Column = 'id' | 'providerId';

/**
 * Trucks with their owners. A new truck is its provider's from the beginning; a truck that is another's goes to the provider
 * now. Where no provider is said, the owner stays.
 */
export const truckFile: CsvFile<'trucks', Column, { id: string; providerId: number | null }> = {
  kind: 'trucks',
  columns: { id: 'required', providerId: 'required' },
  readPage: (db, last, at) =>
    findTrucks(db, {
      search: undefined,
      providerId: undefined,
      at,
      after: last?.id,
      limit: EXPORT_PAGE_ROWS,
    }),
  cellsOf: ({ id, providerId }) => [
    { text: id },
    providerId === null ? null : { number: String(providerId) },
  ],
  async plan(trx, rows, parts) {
    const trucks = await findRegistered(trx, rows, isoInstant(parts.clock.now()));
    const providers = await findNamed(trx, rows);
    const lines = new Map<string, number>();
    return rows.map((row) => planRow(trx, row, { trucks, providers, lines, parts }));
  },
};

interface Registered {
  plate: string;
  own_key: string;
  own_plate: string;
  owner: number | null;
}

/** The trucks that rows name by any of their plates, by the key of that plate, with whose they are. */
async function findRegistered(trx: Trx, rows: readonly FileRow<Column>[], at: string) {
  const plates = rows.map((row) => row.cell('id')).filter((plate) => truckIdSchema.safeParse(plate).success);
  const found = await trx
    .selectFrom('trucks as typed')
    .innerJoin('trucks as own', (join) =>
      join.on(({ eb, ref, fn }) =>
        eb('own.truck_key', '=', fn.coalesce(ref('typed.alias_of'), ref('typed.truck_key'))),
      ),
    )
    .leftJoin('plate_owners as owner', (join) =>
      join
        .onRef('owner.truck_key', '=', 'own.truck_key')
        .on(sql<boolean>`owner.during @> ${at}::timestamptz`),
    )
    .select(['typed.truck_key as plate', 'own.truck_key as own_key', 'own.id as own_plate'])
    .select('owner.provider_id as owner')
    .where(sql<boolean>`typed.truck_key = any(${plates.map(truckKeyOf)}::text[])`)
    .execute();
  return new Map(found.map((one): [string, Registered] => [one.plate, one]));
}

const idPattern = /^\d{1,15}$/;

/** The providers that ids in rows stand for. */
async function findNamed(trx: Trx, rows: readonly FileRow<Column>[]) {
  const ids = rows.map((row) => row.cell('providerId')).filter((id) => idPattern.test(id));
  const found = await trx
    .selectFrom('providers')
    .select((eb) => ['id', eb.fn.coalesce('merged_into', 'id').as('now')])
    .where(sql<boolean>`id = any(${ids}::bigint[])`)
    .execute();
  return new Map(found.map(({ id, now }) => [id, now]));
}

function planRow(
  trx: Trx,
  row: FileRow<Column>,
  {
    trucks,
    providers,
    lines,
    parts: { clock, saidBy },
  }: {
    trucks: ReadonlyMap<string, Registered>;
    providers: ReadonlyMap<number, number>;
    lines: Map<string, number>;
    parts: ImportParts;
  },
): PlannedRow<Column> {
  const [plate, said] = [row.cell('id'), row.cell('providerId')];
  const reading = truckIdSchema.safeParse(plate);
  if (!reading.success) return badCell('id', reading.error.issues.map((one) => one.message).join(', '));
  const registered = trucks.get(truckKeyOf(plate));
  const key = registered?.own_key ?? truckKeyOf(plate);
  const twin = lines.get(key);
  if (twin !== undefined) return badCell('id', `is the same truck as in line ${twin}`);
  lines.set(key, row.line);
  if (said === '')
    return registered === undefined
      ? badCell('providerId', 'is empty: a new truck needs an owner')
      : { kind: 'unchanged' };
  const providerId = idPattern.test(said) ? providers.get(Number(said)) : undefined;
  if (providerId === undefined) return badCell('providerId', 'is not the id of a provider');
  const wish = { plate, providerId, ownedFrom: null, saidBy };
  if (registered === undefined)
    return {
      kind: 'added',
      what: `truck ${plate} of provider ${providerId}`,
      write: async () => {
        const done = await registerTruck(trx, wish, clock);
        assert(done.kind === 'registered', 'the truck was free when the row was planned');
      },
    };
  if (registered.owner === providerId) return { kind: 'unchanged' };
  const before = registered.owner === null ? 'of nobody' : `of provider ${registered.owner}`;
  return {
    kind: 'changed',
    what: `truck ${registered.own_plate}, ${before}, becomes one of provider ${providerId}`,
    write: async () => {
      const done = await reassignTruck(trx, { ...wish, ifMatch: '*' }, clock);
      assert(done.kind === 'reassigned', 'the truck was registered when the row was planned');
    },
  };
}
