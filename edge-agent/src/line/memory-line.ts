import { duplexPair } from 'node:stream';
import type { Line } from './line.ts';
import { streamLine } from './stream-line.ts';

/** Two ends of one line inside the process: what one writes the other reads. */
export function memoryLinePair(): { near: Line; far: Line } {
  const [near, far] = duplexPair();
  return { near: streamLine('memory near', near), far: streamLine('memory far', far) };
}
