import type { Clock } from '@weighgate/protocol';
import { childAbort } from './child-abort.ts';
import { LineError, type OpenLine } from './line.ts';

/** More than a listening of a minute at 115 200 baud can bring is not kept. */
const MAX_BYTES = 1024 * 1024;

/**
 * Opens a line, says something on it when there is something to say, and keeps what comes for `durationMs`.
 * @throws LineError when it cannot be opened or is lost
 */
export async function listenOn(
  open: OpenLine,
  {
    durationMs,
    say,
    openTimeoutMs = 5_000,
  }: { durationMs: number; say?: Uint8Array; openTimeoutMs?: number },
  clock: Clock,
  signal: AbortSignal,
): Promise<Uint8Array> {
  using attempt = childAbort(signal);
  const timer = clock
    .sleep(openTimeoutMs, attempt.signal)
    .then(() => attempt.abort(new LineError('line_refused', `no line after ${openTimeoutMs} ms`)))
    .catch(() => undefined);
  const opening = open(attempt.signal);
  await using line = await opening;
  using listening = childAbort(signal);
  attempt.abort();
  await timer;
  const parts: Uint8Array[] = [];
  let length = 0;
  const ending = clock
    .sleep(durationMs, listening.signal)
    .catch(() => undefined)
    .then(() => line.close());
  try {
    if (say !== undefined) await line.write(say);
    for await (const bytes of line) {
      if (length + bytes.length > MAX_BYTES) break;
      parts.push(bytes);
      length += bytes.length;
    }
  } finally {
    listening.abort();
    await ending;
  }
  signal.throwIfAborted();
  return Buffer.concat(parts);
}
