import type { Clock, MakeId } from '@weighgate/protocol';
import type { VoidStore } from '../weighing/void-session.ts';
import type { WeighingStore } from '../weighing/weighing-store.ts';
import { type ContainerTares, openContainerTares } from './container-tares.ts';
import { type Identity, identityOf } from './identity.ts';
import { type Journal, openJournal } from './journal.ts';
import { lockDataDir } from './lock.ts';
import { openDatabase } from './open-database.ts';
import { type Operators, openOperators } from './operators.ts';
import { openRegisteredLoads, type RegisteredLoads } from './registered-loads.ts';
import { openSessionReader, type SessionReader } from './session-reader.ts';
import { openSessionStore } from './session-store.ts';
import { openShifts, type Shifts } from './shifts.ts';
import { openSyncPosition, type SyncPosition } from './sync-position.ts';
import { openVoidStore } from './void-store.ts';
import { openWeighingLists, type WeighingLists } from './weighing-lists.ts';

/** Everything the agent keeps, over one connection. */
export interface Store extends Disposable {
  identity: Identity;
  journal: Journal;
  weighings: WeighingStore;
  voids: VoidStore;
  sessions: SessionReader;
  lists: WeighingLists;
  containerTares: ContainerTares;
  registeredLoads: RegisteredLoads;
  syncPosition: SyncPosition;
  operators: Operators;
  shifts: Shifts;
}

export interface StoreSettings {
  dataDir: string;
  device: string;
  site: string;
}

export interface StoreParts {
  clock: Clock;
  makeId: MakeId;
  bootId: string;
  processId: number;
}

/**
 * Opens the store of a data folder, for this process alone.
 * @throws StoreError when it is locked, newer, not durable, or another device's
 */
export function openStore(settings: StoreSettings, parts: StoreParts): Store {
  using undo = new DisposableStack();
  undo.use(lockDataDir(settings.dataDir, parts.processId));
  const database = undo.adopt(openDatabase(settings.dataDir), (opened) => void opened.close());
  const identity = identityOf(database, settings, parts);
  const journal = openJournal(database, identity, parts);
  const weighings = openSessionStore(database, journal, identity);
  const rooms = {
    identity,
    journal,
    weighings,
    voids: openVoidStore(database, journal, weighings),
    sessions: openSessionReader(database),
    lists: openWeighingLists(database),
    containerTares: openContainerTares(database, journal),
    registeredLoads: openRegisteredLoads(database),
    syncPosition: openSyncPosition(database, identity),
    operators: openOperators(database, journal, parts),
    shifts: openShifts(database, journal, parts),
  };
  const opened = undo.move();
  return { ...rooms, [Symbol.dispose]: () => opened.dispose() };
}
