import type { Duplex } from 'node:stream';
import { type Line, LineError } from './line.ts';

/** A line over any Node stream. Back-pressure is the stream's own: nothing piles up here. */
export function streamLine(name: string, stream: Duplex): Line {
  let closedByUs = false;
  const closed = new Promise<void>((resolve) => stream.once('close', resolve));

  async function* bytes(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of stream) yield chunk as Uint8Array;
    } catch (error) {
      if (closedByUs) return;
      throw new LineError('line_lost', `${name} was lost: ${(error as Error).message}`, { cause: error });
    }
    if (!closedByUs) throw new LineError('line_lost', `${name} was closed by the other side`);
  }

  async function close(): Promise<void> {
    closedByUs = true;
    if (stream.closed) return;
    stream.destroy();
    await closed;
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
