import { Duplex, PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { memoryLinePair } from './memory-line.ts';
import { streamLine } from './stream-line.ts';

describe('a memory line', () => {
  test('carries bytes both ways', async () => {
    const { near, far } = memoryLinePair();
    await near.write(Buffer.from('to far'));
    await far.write(Buffer.from('to near'));
    expect(await firstOf(far)).toEqual('to far');
    expect(await firstOf(near)).toEqual('to near');
  });

  test('ends quietly when it is closed by us, and closing twice is closing once', async () => {
    const { near } = memoryLinePair();
    const reading = Array.fromAsync(near);
    await near.close();
    await near.close();
    expect(await reading).toEqual([]);
  });
});

describe('a line over a stream', () => {
  test('says that the other side closed it', async () => {
    const stream = new PassThrough();
    const line = streamLine('test line', stream);
    stream.end();
    await expect(Array.fromAsync(line)).rejects.toMatchObject({
      code: 'line_lost',
      message: 'test line was closed by the other side',
    });
  });

  test('that fails between opening and reading reports it to the reader and does not end the process', async () => {
    const stream = new PassThrough();
    const line = streamLine('test line', stream);
    const cause = new Error('reset by peer');
    const closed = new Promise((resolve) => stream.once('close', resolve));
    stream.destroy(cause);
    await closed;
    await expect(Array.fromAsync(line)).rejects.toMatchObject({ code: 'line_lost', cause });
  });

  test('that takes no bytes rejects the write', async () => {
    const stream = new Duplex({
      read: () => undefined,
      write: (_chunk, _encoding, done) => done(new Error('no carrier')),
    });
    const line = streamLine('test line', stream);
    await expect(line.write(Buffer.from('P'))).rejects.toMatchObject({ code: 'line_lost' });
  });

  test('gives no bytes after it was closed, although some were waiting', async () => {
    const stream = new PassThrough();
    const line = streamLine('test line', stream);
    const chunks = line[Symbol.asyncIterator]();
    stream.write('a');
    await chunks.next();
    stream.write('b');
    await line.close();
    expect(await chunks.next()).toEqual({ done: true, value: undefined });
  });
});

async function firstOf(line: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  for await (const bytes of line) return Buffer.from(bytes).toString();
  return undefined;
}
