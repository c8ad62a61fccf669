import type { DownMessage, Uuid } from '@weighgate/protocol';

/** An entry as the cloud has it. */
export interface KeptRow {
  seq: number;
  previousHash: string;
  hash: string;
  entryText: string;
}

/** What is committed in a cloud, for the checks. */
export interface CloudContents {
  epoch: Uuid;
  /** By incarnation, in order of seq. */
  chains: ReadonlyMap<string, readonly KeptRow[]>;
  /** How often the fact with this uuid was taken for a new one. */
  timesTaken: ReadonlyMap<string, number>;
  /** Rows of the ledger by session. */
  deliveries: ReadonlyMap<string, number>;
  /** Contradicting entries that were put aside. */
  forks: number;
  masterData: { revision: number; digest: string };
}

/** The cloud's database with the production rules on it. */
export interface CloudStore extends AsyncDisposable {
  /**
   * Handles one message of a device: commits, then answers.
   * @param atCommit called where the transaction is about to commit; when it throws, nothing of it is stored and this
   *   rejects with the same
   */
  receive(
    packet: { topic: string; payload: Uint8Array },
    answer: (message: DownMessage) => void,
    atCommit: () => void,
  ): Promise<void>;
  /** @returns the new revision */
  changeMasterData(entity: string, id: string, body: string | null): Promise<number>;
  backup(): Promise<void>;
  /** Goes on with the last backup, as another life of the database. @returns false when there is none */
  restore(): Promise<boolean>;
  /** The hash of a committed entry; undefined where there is none. */
  hashAt(incarnation: string, seq: number): Promise<string | undefined>;
  contents(): Promise<CloudContents>;
}
