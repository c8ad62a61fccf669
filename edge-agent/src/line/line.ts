/**
 * A line is bytes as they come, and a way to answer. Single use: once closed or failed it stays so; open another.
 * Iterating ends quietly after {@link Line.close} and throws a {@link LineError} when the line itself fails.
 */
export interface Line extends AsyncDisposable, AsyncIterable<Uint8Array> {
  /** Where it leads, in the user's words: `tcp 127.0.0.1:4001`, `serial /dev/ttyUSB0`. */
  readonly name: string;
  /** Resolves once the operating system has taken the bytes. */
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Opens one line; rejects with a {@link LineError}, or with the signal's reason when it is aborted. */
export type OpenLine = (signal: AbortSignal) => Promise<Line>;

export type LineErrorCode =
  | 'line_not_found'
  | 'line_denied'
  | 'line_busy'
  | 'line_refused'
  | 'line_lost'
  | 'line_silent';

/** The outside of the line failed. `code` says how, `cause` what the operating system said. */
export class LineError extends Error {
  readonly code: LineErrorCode;
  constructor(code: LineErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LineError';
    this.code = code;
  }
}
