import { z } from 'zod';

/** Most frames kept with one registered weight, over all its parts: three seconds of a 20 Hz indicator. */
export const MAX_EVIDENCE_FRAMES = 64;

const agoMsSchema = z.int().nonnegative();

/** One frame as it came over the line, and how long before the registration it came. */
export interface EvidenceFrame {
  agoMs: number;
  hex: string;
}

/**
 * The frames of a weight as an entry carries them. A scale at rest sends the same bytes again and again: those that came
 * one after the other stand once, with the moment of each.
 */
const evidenceRunSchema = z.strictObject({
  agoMs: z.union([agoMsSchema, z.array(agoMsSchema).min(2).max(MAX_EVIDENCE_FRAMES)]),
  hex: z.string().regex(/^(?:[0-9a-f]{2}){1,512}$/),
});
export type EvidenceRun = z.infer<typeof evidenceRunSchema>;

/** At most {@link MAX_EVIDENCE_FRAMES} frames, however they are written. */
export const evidenceSchema = z
  .array(evidenceRunSchema)
  .max(MAX_EVIDENCE_FRAMES)
  .refine(
    (runs) => frameCountOf(runs) <= MAX_EVIDENCE_FRAMES,
    `must be at most ${MAX_EVIDENCE_FRAMES} frames`,
  );

/** How many frames these are. */
export function frameCountOf(runs: readonly EvidenceRun[]): number {
  return runs.reduce((count, { agoMs }) => count + (typeof agoMs === 'number' ? 1 : agoMs.length), 0);
}

/** Writes equal frames that follow each other as one; the order stays. */
export function evidenceRunsOf(frames: readonly EvidenceFrame[]): EvidenceRun[] {
  const runs: { agoMs: number[]; hex: string }[] = [];
  for (const { agoMs, hex } of frames) {
    const last = runs.at(-1);
    if (last?.hex === hex) last.agoMs.push(agoMs);
    else runs.push({ agoMs: [agoMs], hex });
  }
  return runs.map(({ agoMs: [first = 0, ...more], hex }) => ({
    agoMs: more.length === 0 ? first : [first, ...more],
    hex,
  }));
}

/** Every frame as it came, in its order: what {@link evidenceRunsOf} was given. */
export function evidenceFramesOf(runs: readonly EvidenceRun[]): EvidenceFrame[] {
  return runs.flatMap(({ agoMs, hex }) => [agoMs].flat().map((ago) => ({ agoMs: ago, hex })));
}
