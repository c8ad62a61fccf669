/** A stored record is not what was stored. It is never shown as if it were. */
export class RecordCorruptError extends Error {
  readonly code = 'record_corrupt';
  constructor(what: string, detail: string) {
    super(
      `CORRUPT: ${what} is not what was stored (${detail}). It is not shown. Run "npm run edge -- verify", and compare it ` +
        'with the cloud or a backup.',
    );
    this.name = 'RecordCorruptError';
  }
}
