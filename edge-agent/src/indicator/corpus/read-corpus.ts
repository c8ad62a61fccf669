import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { z } from 'zod';

const hex = z.string().regex(/^(?:[0-9a-f]{2})*$/);
const facts = z.record(z.string(), z.unknown());

/** Bytes with a known meaning, and where the meaning is known from. Read by tests and benches only. */
const vectorSchema = z.strictObject({
  id: z.string(),
  options: facts,
  bytesHex: hex,
  /** The same bytes as a line may split them. */
  chunksHex: z.array(hex).optional(),
  expected: z.union([
    /** Every key that is listed must be found with that value. */
    z.strictObject({
      readings: z.array(facts),
      discardedBytes: z.int().optional(),
      pendingBytes: z.int().optional(),
    }),
    /** `noFrameAtFirstByte`: whatever follows, what starts at the first byte is no frame. */
    z.strictObject({ outcome: z.enum(['reject', 'incomplete', 'noFrameAtFirstByte']) }),
  ]),
  source: z.string().min(5),
  notes: z.string().optional(),
});
export type Vector = z.infer<typeof vectorSchema>;

/** Every vector of every corpus, by the model's name. */
export function readCorpora(): ReadonlyMap<string, Vector[]> {
  const folder = new URL('.', import.meta.url);
  return new Map(
    readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .map((file) => [
        basename(file, '.json'),
        z.array(vectorSchema).parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8'))),
      ]),
  );
}
