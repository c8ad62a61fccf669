import { type ChainLink, type ChainWalk, genesisHash, walkChain } from '@weighgate/protocol';
import { openDatabaseReadOnly } from './open-database.ts';
import { StoreError } from './store-error.ts';

/** Walks the journal of a data folder, also beside a running agent. @throws when there is no database */
export function verifyStore(dataDir: string): ChainWalk {
  const database = openDatabaseReadOnly(dataDir);
  try {
    const identity = database
      .prepare<[], { device: string; incarnation: string }>('SELECT device, incarnation FROM identity')
      .get();
    if (identity === undefined)
      throw new StoreError('store_unusable', `${database.name} has no identity yet: no agent has run on it.`);
    const links = database
      .prepare<[string], ChainLink>(`
        SELECT seq, hash, entry_text AS entryText FROM journal WHERE incarnation = ? ORDER BY position
      `)
      .iterate(identity.incarnation);
    return walkChain(links, { seq: 0, hash: genesisHash(identity.device, identity.incarnation) });
  } finally {
    database.close();
  }
}
