import type { Clock, MakeId } from '@weighgate/protocol';
import type { VoidStore } from '../weighing/void-session.ts';
import type { WeighingEntry, WeighingStore } from '../weighing/weighing-store.ts';
import { lastAlibiRecords } from './alibi-records.ts';
import { type BackupReport, backupStore } from './backup-store.ts';
import { dropBallast } from './ballast.ts';
import { checkLastDay } from './check-last-day.ts';
import { type ClockGuard, openClockGuard } from './clock-guard.ts';
import { type ContainerTares, openContainerTares } from './container-tares.ts';
import { type DeviceKey, openDeviceKey } from './device-key.ts';
import { type MasterDataFollowing, masterDataFollowing } from './follow-master-data.ts';
import { type Identity, identityOf } from './identity.ts';
import { type Journal, openJournal } from './journal.ts';
import { type KeptAnswers, openKeptAnswers } from './kept-answers.ts';
import { type LinkRecord, openLinkRecord } from './link-record.ts';
import { type Lives, openLives } from './lives.ts';
import { lockDataDir } from './lock.ts';
import { type LogGuard, openLogGuard } from './log-guard.ts';
import { type MasterDataRows, openMasterDataRows } from './master-data-rows.ts';
import { openDatabase, schemaVersionIn } from './open-database.ts';
import { type Operators, openOperators } from './operators.ts';
import { openPrintQueue, type PrintQueue } from './print-queue.ts';
import { openRegisteredLoads, type RegisteredLoads } from './registered-loads.ts';
import { openSeal, type Seal } from './seal.ts';
import { openSealedParameters, type SealedParameters } from './sealed-parameters.ts';
import { openSessionReader, type SessionReader } from './session-reader.ts';
import { openSessionStore } from './session-store.ts';
import { shiftCertifier } from './shift-certificate.ts';
import { openShifts, type Shifts } from './shifts.ts';
import { openSignedHead, readSignedHead } from './signed-head.ts';
import { openSyncPosition, type SyncPosition } from './sync-position.ts';
import { openTareTakeOver } from './take-over-tares.ts';
import { openTakenCommands, type TakenCommands } from './taken-commands.ts';
import { openTicketStore, type TicketStore } from './ticket-store.ts';
import { openTruckProposals, type TruckProposals } from './truck-proposals.ts';
import { openTruckRecords, type TruckRecords } from './truck-records.ts';
import { openVoidStore } from './void-store.ts';
import { openWeighingLists, type WeighingLists } from './weighing-lists.ts';

/** Everything the agent keeps, over one connection. */
export interface Store extends Disposable {
  identity: Identity;
  journal: Journal;
  /** This database's lives, with the chain of each. */
  lives: Lives;
  weighings: WeighingStore;
  voids: VoidStore;
  trucks: TruckRecords;
  sessions: SessionReader;
  lists: WeighingLists;
  containerTares: ContainerTares;
  registeredLoads: RegisteredLoads;
  /** See {@link lastAlibiRecords}. */
  lastAlibiRecords: () => WeighingEntry[];
  syncPosition: SyncPosition;
  /** What the device signs with. */
  key: DeviceKey;
  /** Whether the journal can be trusted. */
  seal: Seal;
  /** Writes a copy that has been checked. @throws StoreError `store_unusable` when it cannot */
  backup(file: string): Promise<BackupReport>;
  tickets: TicketStore;
  printQueue: PrintQueue;
  keptAnswers: KeptAnswers;
  operators: Operators;
  /** The cloud's lists. */
  masterData: MasterDataRows;
  masterDataFollowing: MasterDataFollowing;
  proposals: TruckProposals;
  shifts: Shifts;
  links: LinkRecord;
  clockGuard: ClockGuard;
  takenCommands: TakenCommands;
  logGuard: LogGuard;
  sealedParameters: SealedParameters;
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
  // A journal from before there were signatures has nothing to be checked by yet.
  const isSigned = schemaVersionIn(settings.dataDir) !== 1;
  const database = undo.adopt(openDatabase(settings.dataDir), (opened) => void opened.close());
  const identity = identityOf(database, settings, parts);
  const key = openDeviceKey(settings.dataDir);
  const signedHead = readSignedHead(settings.dataDir, key.publicKey);
  const freeSpace = () => dropBallast(settings.dataDir);
  const clockGuard = openClockGuard(database, parts.clock);
  const journal = openJournal(database, identity, { ...parts, key, freeSpace, clockState: clockGuard.state });
  const syncPosition = openSyncPosition(database);
  const seal = openSeal(database, journal, identity, parts.clock);
  if (isSigned) {
    const nowMs = parts.clock.now();
    const ackedSeq = syncPosition.of(identity.incarnation).ackedSeq;
    const { publicKey } = key;
    seal.note(checkLastDay(database, identity, { publicKey, signedHead, ackedSeq, nowMs }));
  }
  const headFile = undo.use(openSignedHead(settings.dataDir, key));
  const keepHead = (flush?: boolean) =>
    headFile.keep({ incarnation: identity.incarnation, ...journal.head() }, flush);
  signHeads(keepHead, journal);
  undo.defer(() => keepHead(true));
  const links = openLinkRecord(database, journal);
  const tickets = openTicketStore(database, journal);
  const printQueue = openPrintQueue(database, journal, tickets);
  const masterData = openMasterDataRows(database, journal);
  const proposals = openTruckProposals(database, journal, identity, masterData, parts.makeId);
  const weighings = openSessionStore(database, journal, identity, printQueue, proposals);
  const containerTares = openContainerTares(database, journal, { tickets, printQueue });
  const operators = openOperators(database, journal, parts, () => masterData.held().confirmedAt);
  const takeOver = openTareTakeOver(database, containerTares, syncPosition);
  const rooms = {
    identity,
    journal,
    lives: openLives(database, { ...parts, identity, journal, key, headFile }),
    weighings,
    voids: openVoidStore(database, journal, weighings),
    trucks: openTruckRecords(database, journal),
    sessions: openSessionReader(database, journal),
    lists: openWeighingLists(database),
    containerTares,
    masterData,
    proposals,
    masterDataFollowing: masterDataFollowing(masterData, operators, takeOver),
    registeredLoads: openRegisteredLoads(database, journal),
    syncPosition,
    key,
    seal,
    backup: (file: string) => backupStore(database, file, key.publicKey),
    tickets,
    printQueue,
    lastAlibiRecords: lastAlibiRecords(database, journal),
    keptAnswers: openKeptAnswers(database, journal),
    operators,
    shifts: openShifts(database, journal, links, shiftCertifier(database, journal, { identity, key }), parts),
    links,
    clockGuard,
    takenCommands: openTakenCommands(database, journal),
    logGuard: openLogGuard(database, settings.dataDir),
    sealedParameters: openSealedParameters(database, journal),
  };
  const opened = undo.move();
  return { ...rooms, [Symbol.dispose]: () => opened.dispose() };
}

/**
 * Keeps what the device vouches for beside the journal: on disk at the start and at the end, and after every commit
 * that appended, once for all that came together.
 */
function signHeads(keepHead: (flush?: boolean) => void, journal: Journal): void {
  keepHead(true);
  let due = false;
  journal.onAppended(() => {
    if (due) return;
    due = true;
    queueMicrotask(() => {
      due = false;
      keepHead();
    });
  });
}
