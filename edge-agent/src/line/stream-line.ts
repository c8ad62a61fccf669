import type { Duplex } from 'node:stream';
import { type Line, LineError } from './line.ts';

/**
 * A line over any Node stream. Back-pressure is the stream's own: nothing piles up here.
 * @param release gives back what is beneath a stream whose `destroy` does not; never rejects
 */
export function streamLine(name: string, stream: Duplex, release?: () => Promise<void>): Line {
  let closing: Promise<void> | null = null;
  // A serial port names the reason of its closing here and nowhere else.
  let closeReason: unknown;
  const closed = new Promise<void>((resolve) =>
    stream.once('close', (reason?: unknown) => {
      closeReason = reason;
      resolve();
    }),
  );
  // Without a listener an error between opening and reading, or of a write, would end the process. The iterator and
  // the write report it.
  stream.on('error', () => undefined);

  async function* bytes(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of stream) {
        if (closing !== null) return;
        yield chunk as Uint8Array;
      }
    } catch (error) {
      if (closing !== null) return;
      const cause = closeReason instanceof Error ? closeReason : error;
      throw new LineError('line_lost', `${name} was lost: ${(cause as Error).message}`, { cause });
    }
    if (closing === null) throw new LineError('line_lost', `${name} was closed by the other side`);
  }

  async function closeNow(): Promise<void> {
    await release?.();
    if (stream.closed) return;
    stream.destroy();
    await closed;
  }

  function close(): Promise<void> {
    closing ??= closeNow();
    return closing;
  }

  return {
    name,
    [Symbol.asyncIterator]: bytes,
    write: (data) =>
      new Promise((resolve, reject) => {
        stream.write(data, (error) => {
          if (error)
            reject(new LineError('line_lost', `${name} took no bytes: ${error.message}`, { cause: error }));
          else resolve();
        });
      }),
    close,
    [Symbol.asyncDispose]: close,
  };
}
