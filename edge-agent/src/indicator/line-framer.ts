import { ReadlineParser } from 'serialport';
import type { Framer, FramerSink } from './framer.ts';
import type { LineFraming } from './framing.ts';

const CR = 0x0d;

/**
 * Cuts lines with the readline parser of serialport, and bounds what that parser would hold for ever: at a wrong baud
 * rate the terminator never comes.
 */
export function lineFramerOf(
  { terminator, maxBytes }: LineFraming,
  sink: FramerSink,
  aligned: boolean,
): Framer {
  let whole = aligned;
  const makeParser = () => {
    const parser = new ReadlineParser({ delimiter: terminator, encoding: 'latin1', includeDelimiter: true });
    parser.on('data', (line: string) => {
      const bytes = Buffer.from(line, 'latin1');
      if (whole && bytes.length <= maxBytes) sink.frame(bytes);
      else sink.discarded(bytes);
      whole = true;
    });
    return parser;
  };
  let parser = makeParser();

  function discardHeld(bytes = parser.buffer.length): void {
    const held = parser.buffer;
    if (bytes > 0) sink.discarded(held.subarray(0, bytes));
    parser = makeParser();
    whole = false;
    if (bytes < held.length) parser.write(held.subarray(bytes));
  }

  function discardTooLong(): void {
    const held = parser.buffer;
    // The first half of a terminator may have come: without it the line's end would not be seen.
    const endsInside = terminator === '\r\n' && held.at(-1) === CR;
    discardHeld(endsInside ? held.length - 1 : held.length);
  }

  return {
    push: (chunk) => {
      parser.write(chunk);
      if (parser.buffer.length >= maxBytes) discardTooLong();
    },
    pendingBytes: () => parser.buffer.length,
    dropPending: () => discardHeld(),
  };
}
