import { expect, test } from 'vitest';
import {
  type EvidenceFrame,
  evidenceFramesOf,
  evidenceRunsOf,
  evidenceSchema,
  frameCountOf,
  MAX_EVIDENCE_FRAMES,
} from './evidence.ts';

const frames: EvidenceFrame[] = [
  { agoMs: 250, hex: '02' },
  { agoMs: 201, hex: '03' },
  { agoMs: 149, hex: '03' },
  { agoMs: 100, hex: '03' },
  { agoMs: 52, hex: '02' },
  { agoMs: 0, hex: '02' },
];

test('equal frames that follow each other stand once, with the moment of each', () => {
  expect(evidenceRunsOf(frames)).toEqual([
    { agoMs: 250, hex: '02' },
    { agoMs: [201, 149, 100], hex: '03' },
    { agoMs: [52, 0], hex: '02' },
  ]);
});

test('every frame comes back as it was, in its order, also from an entry that has each by itself', () => {
  expect(evidenceFramesOf(evidenceRunsOf(frames))).toEqual(frames);
  expect(evidenceFramesOf(frames)).toEqual(frames);
  expect(evidenceRunsOf([])).toEqual([]);
});

test('the bound counts frames, however they are written', () => {
  const most = Array.from({ length: MAX_EVIDENCE_FRAMES }, (_, index) => ({ agoMs: index, hex: '02' }));
  const tooMany = [...evidenceRunsOf(most), { agoMs: 0, hex: '03' }];
  expect(frameCountOf(evidenceRunsOf(most))).toBe(MAX_EVIDENCE_FRAMES);
  expect(evidenceSchema.safeParse(evidenceRunsOf(most)).success).toBe(true);
  expect(evidenceSchema.safeParse(tooMany).success).toBe(false);
  expect(evidenceSchema.safeParse([...tooMany, ...tooMany]).success).toBe(false);
});

test('a run of one is no run', () => {
  expect(evidenceSchema.safeParse([{ agoMs: [0], hex: '02' }]).success).toBe(false);
});
