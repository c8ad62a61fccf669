import { ReadlineParser } from 'serialport';
import type { Framer, FramerSink } from './framer.ts';
import type { LineFraming } from './framing.ts';

/**
 * Cuts lines with the readline parser of serialport, and bounds what that parser would hold for ever: at a wrong baud
 * rate the terminator never comes.
 */
export function lineFramerOf({ terminator, maxBytes }: LineFraming, sink: FramerSink, aligned: boolean): Framer {
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

  function discardHeld(): void {
    const held = parser.buffer;
    if (held.length > 0) sink.discarded(held);
    parser = makeParser();
    whole = false;
  }

  return {
    push: (chunk) => {
      parser.write(chunk);
      if (parser.buffer.length >= maxBytes) discardHeld();
    },
    pendingBytes: () => parser.buffer.length,
    dropPending: discardHeld,
  };
}
