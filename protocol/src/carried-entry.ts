import { z } from 'zod';
import { uuidSchema } from './id.ts';

const chainHash = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * `entry.carried`: an entry of a former life of this journal, carried over into the present one because the cloud holds
 * another entry, or none that agrees, at its place in the former chain. The text is the one that was stored and hashed
 * there, unchanged; so it keeps its uuid, and its fact counts once wherever it is met.
 *
 * The carried text proves itself: `chainHash(previousHash, entryText)` is `hash`, and the entry it holds names this
 * device, `incarnation` and `seq`. Whoever applies a carried entry applies the entry inside, once by the uuid inside,
 * and never both. An entry that was carried before is carried again as it first was: nothing is wrapped twice.
 * Carried entries of one former chain come in the order of their seq.
 */
export const carriedEntryBody = z.strictObject({
  incarnation: uuidSchema,
  seq: z.int().positive(),
  /** The hash before it in the former chain: where what both sides share ends, for the first that is carried. */
  previousHash: chainHash,
  hash: chainHash,
  entryText: z
    .string()
    .min(2)
    .max(200_000)
    .refine(
      (text) => text.isWellFormed() && !text.includes('\0'),
      'must be text without unpaired surrogates and U+0000: such text cannot be stored as it was hashed',
    ),
});
export type CarriedEntry = z.infer<typeof carriedEntryBody>;
