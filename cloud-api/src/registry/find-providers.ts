import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../store/database.ts';
import { providerNameKeyOf } from './provider-name.ts';
import { nameMatchOf } from './search-text.ts';

/** A page of providers that stand for themselves. */
export interface ProviderFilter {
  /** Part of a name, beginnings of its words in any order, or nearly that; undefined for all. */
  search: string | undefined;
  /** Rank and id of the last one that the caller has. */
  after: readonly [number, number] | undefined;
  limit: number;
}

/** Providers, those that fit best first, and then by id. */
export async function findProviders(db: Db, { search, after, limit }: ProviderFilter) {
  const match = search === undefined ? everybody : nameMatchOf(providerNameKeyOf(search));
  const ranked = db
    .selectFrom('providers')
    .select(['id', 'name', 'status'])
    .select(match.rank.as('rank'))
    .where('merged_into', 'is', null)
    .where(match.matches)
    .as('ranked');
  let query = db.selectFrom(ranked).selectAll();
  if (after !== undefined)
    query = query.where(sql<boolean>`(rank, id) > (${after[0]}::int, ${after[1]}::bigint)`);
  return query.orderBy('rank').orderBy('id').limit(limit).execute();
}

const everybody: { matches: RawBuilder<boolean>; rank: RawBuilder<number> } = {
  matches: sql<boolean>`true`,
  rank: sql<number>`0`,
};
