import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const corpusSchema = z.array(z.strictObject({ seed: z.int().nonnegative(), showed: z.string() }));

/** Seeds that once failed, and what each of them showed. They are run before any other. */
export function seedCorpus(): z.infer<typeof corpusSchema> {
  return corpusSchema.parse(JSON.parse(readFileSync(join(import.meta.dirname, 'seed-corpus.json'), 'utf8')));
}
