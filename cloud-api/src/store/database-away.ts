/** SQLSTATEs of a server that is going down, coming up, full, or too busy for a statement's time. */
const awayStates = new Set(['53300', '55P03', '57014', '57P01', '57P02', '57P03']);
/** The class of connections that broke. */
const CONNECTION_CLASS = '08';
const awayCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT']);
/** What pg says without a code of its connections. */
const awayWords = /^(?:Connection terminated|timeout exceeded when trying to connect)/;

/** Whether something failed because the database could not be asked, so that asking later may do. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // A name with several addresses, none of which answered.
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (
    awayStates.has(code) ||
    (code.length === 5 && code.startsWith(CONNECTION_CLASS)) ||
    (awayCodes.has(code) && 'syscall' in error) ||
    code === 'database_refused' ||
    awayWords.test(error.message)
  );
}
