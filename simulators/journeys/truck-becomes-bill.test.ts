import assert from 'node:assert/strict';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idMaker, systemClock } from '@weighgate/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bill, EvidenceEntry } from '../src/demo/cloud-client.ts';
import { type Plant, startPlant } from '../src/demo/plant.ts';
import { readEdgeJournal } from '../src/demo/read-edge-journal.ts';
import { registerSite } from '../src/demo/register-site.ts';
import { type OnceResult, runOnce } from '../src/demo/run-once.ts';
import { type EdgeJournal, verifyOutcome } from '../src/demo/verify-outcome.ts';
import { siteOf } from '../src/site.ts';
import { demoOptions } from './demo-options.ts';
import { type ClosedEntry, forge, textWith } from './forged-journal.ts';
import { expectHandCount, firstDeliveryOf } from './hand-count.ts';

const SEED = 1;
const site = siteOf(SEED);
const stack = new AsyncDisposableStack();
let plant: Plant;
let result: OnceResult;
const said: string[] = [];

beforeAll(async () => {
  const folder = stack.use(await mkdtempDisposable(join(tmpdir(), 'weighgate-bill-')));
  const options = demoOptions(folder.path, { seed: SEED });
  plant = stack.use(await startPlant(options, systemClock));
  await registerSite(site, plant.cloud, plant.edge);
  const makeId = idMaker(systemClock);
  result = await runOnce(plant, site, options, {
    clock: systemClock,
    makeId,
    say: (line) => said.push(line),
  });
});
afterAll(() => stack.disposeAsync());

test('a truck weighed in and out is on the bill with the kilograms and the money of a hand count', () => {
  expect(result.failures).toEqual([]);
  expect(result.outcome.verified).toBe(true);
  expectHandCount(result.outcome, firstDeliveryOf(site, SEED), site);
});

test('a person reads truck, gross, tare, net, synced and billed', () => {
  for (const fact of [
    /^Truck /,
    /weighed in .* kg/,
    /net .*truck tare/,
    /synced/,
    /billed .*ILS/,
    /verified/,
  ]) {
    expect(said.filter((line) => fact.test(line))).toHaveLength(1);
  }
});

describe('the verification fails when', () => {
  let bill: Bill;
  let evidence: EvidenceEntry[];
  let journal: EdgeJournal;

  beforeAll(async () => {
    const { provider, from, to } = result.outcome.bill;
    bill = await plant.cloud.bill(provider.id, from, to);
    evidence = await plant.cloud.evidence(result.outcome.session.id);
    journal = readEdgeJournal(plant.edgeDataDir);
  });

  /** What does not hold when some of what was collected is other than it was. */
  const verify = (changed: { bill?: Bill; evidence?: EvidenceEntry[]; journal?: EdgeJournal }) =>
    verifyOutcome(
      changed.bill ?? bill,
      (id) => (id === result.outcome.session.id ? (changed.evidence ?? evidence) : []),
      changed.journal ?? journal,
    ).flatMap(({ what, ok }) => (ok ? [] : [what]));

  const changes: [string, (entry: ClosedEntry) => void, forgedFails: RegExp][] = [
    ['one byte of a frame', changeLastFrame, /second weight: its last raw frames show it/],
    ['the tare of one container', changeOneTare, /the net follows from weights and tares/],
    ['the net', changeNet, /the net (?:follows from|on the bill)/],
    ['the second weight', changeSecondWeight, /second weight: grams/],
    ['the first weight', changeFirstWeight, /second weighing names the first/],
    ['the produce', changeProduce, /produce that was weighed/],
  ];

  test('... nothing is changed: then it holds, also with every hash made anew', () => {
    expect(evidence.map(({ kind }) => kind)).toEqual(['session.opened', 'session.closed']);
    expect(verify({})).toEqual([]);
    expect(verify(forge(journal, evidence, () => undefined))).toEqual([]);
  });

  test.each(changes)('%s is other in the cloud', (_, change) => {
    const tampered = evidence.map((entry) => ({ ...entry, entryText: textWith(entry.entryText, change) }));
    expect(tampered).not.toEqual(evidence);
    expect(verify({ evidence: tampered })).toContainEqual(expect.stringMatching(/^entry \d+ in the cloud/));
  });

  test.each(changes)('%s is forged on both sides and every hash made anew', (_, change, fails) => {
    expect(verify(forge(journal, evidence, change))).toContainEqual(expect.stringMatching(fails));
  });

  test('one hash is other', () => {
    const tampered = evidence.map((entry, index) =>
      index === 0
        ? { ...entry, hash: entry.hash.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) }
        : entry,
    );
    expect(verify({ evidence: tampered })).not.toEqual([]);
  });

  test('a row of the agent is other, missing or twice', () => {
    const { links } = journal;
    const tampered = links.map((link, index) =>
      index === 3 ? { ...link, entryText: `${link.entryText} ` } : link,
    );
    const duplicated = links.flatMap((link, index) => (index === 3 ? [link, link] : [link]));
    for (const other of [tampered, links.toSpliced(3, 1), duplicated]) {
      expect(verify({ journal: { ...journal, links: other } })).toContainEqual(
        expect.stringMatching(/unbroken chain/),
      );
    }
  });

  test.each([1, -1])('an amount on the bill is off by %i minor unit, and the total with it', (byMinor) => {
    const lines = bill.lines.map((line) => ({ ...line, amountMinor: line.amountMinor + byMinor }));
    const totalMinor = bill.totalMinor + byMinor;
    expect(verify({ bill: { ...bill, lines, totalMinor } })).toEqual([
      expect.stringMatching(/kilograms times rate/),
    ]);
    expect(verify({ bill: { ...bill, totalMinor } })).toEqual(['the total is the sum of the lines']);
  });

  test('the bill names another session, the same one twice, or none', () => {
    const withSessions = (sessions: Bill['lines'][number]['sessions']) => ({
      ...bill,
      lines: bill.lines.map((line) => ({ ...line, sessions })),
    });
    const [session] = bill.lines[0]?.sessions ?? [];
    assert(session !== undefined);
    const otherId = session.id.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
    for (const sessions of [[{ ...session, id: otherId }], [session, session], []]) {
      expect(verify({ bill: withSessions(sessions) })).not.toEqual([]);
    }
    const evidenceOfAll = verifyOutcome(withSessions([{ ...session, id: otherId }]), () => evidence, journal);
    expect(evidenceOfAll.every(({ ok }) => ok)).toBe(false);
  });
});

function changeLastFrame({ body }: ClosedEntry): void {
  const last = body.weight.frames.at(-1);
  assert(last !== undefined);
  // The last digit of the displayed weight, which an interval of 20 kg always leaves 0.
  last.hex = `${last.hex.slice(0, 18)}32${last.hex.slice(20)}`;
}

function changeOneTare({ body }: ClosedEntry): void {
  const [tare] = body.tares;
  assert(tare !== undefined);
  tare.tareG += 1000;
}

function changeNet({ body }: ClosedEntry): void {
  assert(body.net.kind === 'known');
  body.net.netG += 1000;
}

function changeSecondWeight({ body }: ClosedEntry): void {
  body.weight.grossG += 20_000;
}

function changeFirstWeight({ body }: ClosedEntry): void {
  body.first.grossG -= 20_000;
}

function changeProduce({ body }: ClosedEntry): void {
  body.produce = 'gold';
}
