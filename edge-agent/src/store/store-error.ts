import Database from 'better-sqlite3';

export type StoreErrorCode =
  | 'store_locked'
  | 'store_unusable'
  | 'store_damaged'
  | 'store_newer'
  | 'store_not_durable'
  | 'store_other_device'
  | 'store_lost'
  | 'store_full'
  | 'commit_unknown';

/** The store cannot be used as it must be. The message says what to do. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}

/** Whether something was not stored because the disk is full: it is certain then that nothing of it is there. */
export function isStoreFull(error: unknown): boolean {
  if (error instanceof Database.SqliteError) return error.code === 'SQLITE_FULL';
  return error instanceof StoreError && error.code === 'store_full';
}
