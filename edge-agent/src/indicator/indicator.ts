import type { Dialect } from './model.ts';

/** An indicator as configured: its model's name, the options of this connection, and how it speaks. */
export interface Indicator extends Dialect {
  /** As kept with every weight. */
  model: string;
  /** As kept with every weight. */
  options: Readonly<Record<string, string>>;
  /** Whether the eighth bit of every byte is cleared before it is read; see `Connection` in framing.ts. */
  stripParity: boolean;
}
