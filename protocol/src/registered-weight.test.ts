import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MAX_EVIDENCE_FRAMES } from './evidence.ts';
import { type RegisteredWeight, registeredWeightSchema, sourceOf } from './registered-weight.ts';

const sample = (file: string): RegisteredWeight =>
  JSON.parse(readFileSync(new URL(`../golden/${file}`, import.meta.url), 'utf8')).body.weight;
const single = sample('entry.weight.single.json');
const sum = sample('entry.weight.single-sum-deck.json');
const manual = {
  ...single,
  source: 'manual' as const,
  manual: { operator: 'Dana', reason: 'indicator in repair' },
  stability: 'person' as const,
  frames: [],
};
const accepts = (weight: object) => registeredWeightSchema.safeParse(weight).success;

test('a weight has frames of its own, or parts with theirs, and never neither or both', () => {
  expect(accepts(single)).toBe(true);
  expect(accepts(sum)).toBe(true);
  expect(accepts({ ...single, frames: [] })).toBe(false);
  expect(accepts({ ...sum, frames: single.frames })).toBe(false);
});

test('the weight on several decks is the sum of its parts', () => {
  expect(accepts({ ...sum, grossG: sum.grossG + 1 })).toBe(false);
});

test('the parts of a weight have no more frames together than one weight has', () => {
  const frames = Array.from({ length: MAX_EVIDENCE_FRAMES / 2 + 1 }, () => single.frames[0]);
  const parts = (sum.parts ?? []).map((part) => ({ ...part, frames }));
  expect(accepts({ ...sum, parts })).toBe(false);
  expect(accepts({ ...sum, parts: parts.map((part) => ({ ...part, frames: frames.slice(1) })) })).toBe(true);
});

test('a manual weight says who gave it and why, and shows no frames', () => {
  expect(accepts(manual)).toBe(true);
  expect(accepts({ ...manual, manual: undefined })).toBe(false);
  expect(accepts({ ...manual, frames: single.frames })).toBe(false);
  expect(accepts({ ...manual, parts: sum.parts })).toBe(false);
  expect(accepts({ ...manual, stability: 'indicator' })).toBe(false);
});

test('a weight from a scale has no one who gave it', () => {
  expect(accepts({ ...single, source: 'scale' })).toBe(true);
  expect(accepts({ ...single, manual: manual.manual })).toBe(false);
  expect(accepts({ ...single, stability: 'person' })).toBe(false);
});

test('an entry from before manual weights was weighed on a scale', () => {
  expect(sourceOf(single)).toBe('scale');
  expect(sourceOf(manual)).toBe('manual');
});
