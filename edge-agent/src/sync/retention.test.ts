import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DigestMatch } from '../store/sync-position.ts';
import { releasableSeq } from './retention.ts';

const policy = { legalDays: 30, cloudBackupDays: 30 };
const dayAt = (day: number) => new Date(Date.UTC(2026, 0, 1) + day * 86_400_000).toISOString();
const match = (day: number, matchedSeq: number, cloudEpoch = 'epoch-1'): DigestMatch => ({
  matchedAt: dayAt(day),
  matchedSeq,
  cloudEpoch,
});
const chain = { ackedSeq: 1000, cloudEpoch: 'epoch-1' };
const daily = [match(0, 10), match(100, 500), match(200, 900)];

test('what was in the cloud a hundred days ago and is there now may go', () => {
  expect(releasableSeq(chain, daily, policy, dayAt(200))).toBe(500);
  expect(releasableSeq(chain, daily, policy, dayAt(199.9))).toBe(10);
});

test.each([
  ['the law keeps it longer', { legalDays: 150, cloudBackupDays: 0 }, 10],
  ['the cloud can be restored from further back', { legalDays: 0, cloudBackupDays: 150 }, 10],
  ['both are short, and a hundred days is the least', { legalDays: 0, cloudBackupDays: 0 }, 500],
])('%s', (_, longer, seq) => {
  expect(releasableSeq(chain, daily, longer, dayAt(200))).toBe(seq);
});

test.each<[string, typeof chain, DigestMatch[]]>([
  ['nothing was ever compared', chain, []],
  ['only today was it compared', chain, [match(200, 900)]],
  ['the cloud was restored since the last comparison', { ...chain, cloudEpoch: 'epoch-2' }, daily],
  ['nothing is acknowledged', { ...chain, ackedSeq: 0 }, daily],
])('nothing may go when %s', (_, of, matches) => {
  expect(releasableSeq(of, matches, policy, dayAt(200))).toBe(0);
});

test('a restored cloud that holds less than before holds the rest back', () => {
  const matches = [...daily, match(300, 300, 'epoch-2')];
  expect(releasableSeq({ ackedSeq: 300, cloudEpoch: 'epoch-2' }, matches, policy, dayAt(300))).toBe(300);
});

test('never more than is acknowledged, than the latest comparison found, or than was there long enough ago', () => {
  const matches = fc.array(fc.tuple(fc.nat({ max: 400 }), fc.integer({ min: 1, max: 1000 })), {
    maxLength: 10,
  });
  fc.assert(
    fc.property(matches, fc.nat({ max: 1000 }), fc.nat({ max: 600 }), (found, ackedSeq, today) => {
      const history = found.toSorted(([a], [b]) => a - b).map(([day, seq]) => match(day, seq));
      const seq = releasableSeq({ ...chain, ackedSeq }, history, policy, dayAt(today));
      expect(seq).toBeLessThanOrEqual(ackedSeq);
      expect(seq).toBeLessThanOrEqual(history.at(-1)?.matchedSeq ?? 0);
      const old = found.filter(([day]) => day <= today - 100).map(([, matched]) => matched);
      expect(seq).toBeLessThanOrEqual(Math.max(0, ...old));
    }),
  );
});
