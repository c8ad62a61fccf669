import type { Framing } from './framer.ts';
import type { Decoded } from './reading.ts';

/** How an indicator of some make is spoken to: data and pure functions, no port, no timer. */
export interface Indicator {
  /** The name used in configuration and kept with every weight. */
  model: string;
  /** The options this connection was made with, as kept with every weight. */
  options: Readonly<Record<string, string>>;
  framing: Framing;
  /** @param frame one whole frame, as `framing` cut it */
  decode(frame: Uint8Array): Decoded;
}
