/** The database answers, but must not be used as it is; the message says why and what to do. */
export class DatabaseRefusedError extends Error {
  override readonly name = 'DatabaseRefusedError';
  readonly code = 'database_refused';
}
