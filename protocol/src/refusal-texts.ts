import type { Refusal, RefusalCode } from './refusal.ts';

/**
 * The text of every refusal in one language, from its parameters. `number` is for figures with their unit, `name` for
 * what somebody typed or configured, `names` for several of those.
 */
export type RefusalTexts = {
  [C in RefusalCode]: (refusal: Extract<Refusal, { code: C }>, say: Say) => string;
};

/** How parameters are put into a sentence so that they read right in its direction. */
export interface Say {
  number(text: string | number): string;
  kg(kilograms: number): string;
  name(name: string): string;
  names(names: readonly string[]): string;
  /** Seconds of a duration as a counted noun, at least one. */
  seconds(durationMs: number): string;
}
