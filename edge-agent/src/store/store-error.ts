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
