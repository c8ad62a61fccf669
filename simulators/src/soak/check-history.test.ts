import { TestChain, visitEntries } from '@weighgate/cloud-api/src/inbox/test-chain.ts';
import { expect, test } from 'vitest';
import { checkHistory } from './check-history.ts';
import type { FinalState } from './final-state.ts';
import { type HistoryEvent, historyOf, type OpEvent } from './history.ts';

const DEVICE = 'soak-1';
const visits = [
  { truck: 'T-1', inKg: 30_000, outKg: 12_000 },
  { truck: 'T-2', inKg: 24_000, outKg: 9_000 },
];

/** A run in which every promise was kept, in hand-made pieces that a test may break. */
function goodRun() {
  const chain = new TestChain(DEVICE);
  const history: HistoryEvent[] = [];
  const final: FinalState = {
    entries: [],
    sessions: [],
    ledger: [],
    parked: [],
    alarms: [],
    forks: [],
    edges: [],
  };
  for (const [index, { truck, inKg, outKg }] of visits.entries()) {
    const { sessionId, opened, closed } = visitEntries({
      truck,
      produce: 'orange',
      inKg,
      outKg,
      weighedOutAt: '2026-06-01T08:00:00.000Z',
    });
    const [firstTicketNo, secondTicketNo] = [2 * index + 1, 2 * index + 2].map(ticketNo) as [string, string];
    opened.body.ticketNo = firstTicketNo;
    closed.body.ticketNo = secondTicketNo;
    chain.add(opened);
    chain.add(closed);
    const netKg = inKg - outKg;
    history.push(
      ...weighing({ truck, direction: 'in', kg: inKg }, sessionId, firstTicketNo, null),
      ...weighing({ truck, direction: 'out', kg: outKg }, sessionId, secondTicketNo, netKg),
    );
    const netG = netKg * 1000;
    const grossG = { firstGrossG: inKg * 1000, secondGrossG: outKg * 1000 };
    final.sessions.push({ id: sessionId, truck, firstTicketNo, secondTicketNo, ...grossG, netG });
    final.ledger.push({ sessionId, netG });
  }
  const { incarnation } = chain;
  final.entries = chain.rows.map(({ seq, hash, entry }) => ({
    device: DEVICE,
    incarnation,
    seq,
    hash,
    entryText: entry,
  }));
  final.edges = [
    {
      device: DEVICE,
      incarnation,
      headSeq: chain.rows.length,
      headHash: chain.headHash(),
      isDelivered: true,
    },
  ];
  return { chain, history, final };
}

function ticketNo(number: number): string {
  return `SOAK-4f2a-${String(number).padStart(6, '0')}`;
}

function weighing(
  wish: { truck: string; direction: 'in' | 'out'; kg: number },
  sessionId: string,
  ticket: string,
  netKg: number | null,
): OpEvent[] {
  const fields = { atMs: 1, op: `${wish.truck} ${wish.direction}`, device: DEVICE, ...wish };
  return [
    { type: 'invoke', ...fields },
    { type: 'ok', ...fields, sessionId, ticketNo: ticket, grossKg: wish.kg, netKg },
  ];
}

const rulesOf = ({ history, final }: Pick<ReturnType<typeof goodRun>, 'history' | 'final'>) => [
  ...new Set(checkHistory(history, final).map(({ rule }) => rule)),
];

/** The first element: a run that was just made has one. */
function firstOf<T>(list: readonly T[]): T {
  const [first] = list;
  if (first === undefined) throw new Error('the list is empty');
  return first;
}

test('a run in which every promise was kept has nothing to say, read from its file too', () => {
  const { history, final } = goodRun();
  expect(checkHistory(history, final)).toEqual([]);
  const text = history.map((event) => `${JSON.stringify(event)}\n`).join('');
  expect(historyOf(text)).toEqual(history);
});

test('an answered weighing that the cloud does not have is lost', () => {
  const run = goodRun();
  run.final.entries.splice(2);
  run.final.sessions.splice(1);
  run.final.ledger.splice(1);
  expect(rulesOf(run)).toEqual(['lost', 'chain']);
});

test('an answered weighing that is stored and counts nowhere is lost', () => {
  const run = goodRun();
  run.final.sessions.splice(1);
  run.final.ledger.splice(1);
  expect(rulesOf(run)).toEqual(['lost']);
});

test('a truck that was weighed once and has two sessions is doubled', () => {
  const run = goodRun();
  const again = { ...firstOf(run.final.sessions), id: 'another' };
  run.final.sessions.push(again);
  run.final.ledger.push({ sessionId: 'another', netG: again.netG ?? 0 });
  expect(rulesOf(run)).toContain('doubled');
});

test('two entries of one weighing are doubled, though each has a ticket of its own', () => {
  const run = goodRun();
  const { opened } = visitEntries({
    truck: 'T-1',
    produce: null,
    inKg: 30_000,
    outKg: 1,
    weighedOutAt: '2026-06-01T08:00:00.000Z',
  });
  opened.body.ticketNo = ticketNo(5);
  const { seq, hash, entry } = run.chain.add(opened);
  run.final.entries.push({ device: DEVICE, incarnation: run.chain.incarnation, seq, hash, entryText: entry });
  run.final.edges = [{ ...firstOf(run.final.edges), headSeq: seq, headHash: hash }];
  expect(rulesOf(run)).toEqual(['doubled']);
});

test('a weighing that nobody knows the end of may be there once or not at all', () => {
  const run = goodRun();
  const unknown = run.history.map((event): HistoryEvent => {
    if (event.type !== 'ok' || event.truck !== 'T-2') return event;
    const { sessionId: _, ticketNo: __, grossKg: ___, netKg: ____, ...fields } = event;
    return { ...fields, type: 'info', why: 'killed' };
  });
  expect(rulesOf({ history: unknown, final: run.final })).toEqual([]);
});

test('a weighing that was refused and is there all the same is found', () => {
  const run = goodRun();
  const refused = run.history.map((event): HistoryEvent => {
    if (event.type !== 'ok' || event.truck !== 'T-2' || event.direction !== 'out') return event;
    const { sessionId: _, ticketNo: __, grossKg: ___, netKg: ____, ...fields } = event;
    return { ...fields, type: 'fail', code: 'not-stable' };
  });
  expect(rulesOf({ history: refused, final: run.final })).toEqual(['refused but recorded']);
});

test('a wrong net is found in the cloud and in the answer', () => {
  const inCloud = goodRun();
  const session = firstOf(inCloud.final.sessions);
  session.netG = (session.netG ?? 0) + 20_000;
  firstOf(inCloud.final.ledger).netG = session.netG;
  expect(rulesOf(inCloud)).toEqual(['wrong net']);

  const answered = goodRun();
  const history = answered.history.map(
    (event): HistoryEvent =>
      event.type === 'ok' && event.netKg !== null ? { ...event, netKg: -event.netKg } : event,
  );
  expect(rulesOf({ history, final: answered.final })).toEqual(['wrong net']);
});

test('another weight than stood on the deck is found', () => {
  const run = goodRun();
  firstOf(run.final.sessions).firstGrossG += 20_000;
  expect(rulesOf(run)).toEqual(['wrong weight']);
});

test('a gap in the numbers of tickets is found', () => {
  const run = goodRun();
  const skipped = ticketNo(7);
  const changed = JSON.parse(JSON.stringify(run).replaceAll(ticketNo(4), skipped)) as typeof run;
  // The texts have other hashes now, which the chain tells.
  expect(rulesOf(changed)).toEqual(['ticket gap', 'chain']);
});

test('one number on two tickets is found, and forgiven only where a disk was put back and the cloud tells of it', () => {
  const run = goodRun();
  const changed = JSON.parse(JSON.stringify(run).replaceAll(ticketNo(4), ticketNo(3))) as typeof run;
  const detail = `${ticketNo(3)} stands on two sessions`;
  changed.final.alarms.push({ code: 'ticket_twice', device: DEVICE, detail });
  expect(rulesOf(changed)).toContain('ticket twice');
  const putBack = { deed: 'old-disk', target: DEVICE, phase: 'end', note: 'put back' } as const;
  changed.history.push({ type: 'nemesis', atMs: 2, ...putBack });
  expect(rulesOf(changed)).not.toContain('ticket twice');
  changed.final.alarms = [];
  expect(rulesOf(changed)).toContain('ticket twice');
});

test('a ledger that is not the sum of the sessions is found', () => {
  const missing = goodRun();
  missing.final.ledger.pop();
  expect(rulesOf(missing)).toEqual(['ledger']);
  const twice = goodRun();
  twice.final.ledger.push(firstOf(twice.final.ledger));
  expect(rulesOf(twice)).toEqual(['ledger']);
});

test('a text that was changed breaks the chain, and a chain that ends before the agent is not the same', () => {
  const changed = goodRun();
  const entry = firstOf(changed.final.entries);
  entry.entryText = entry.entryText.replace('"monoMs":1000', '"monoMs":1001');
  expect(rulesOf(changed)).toEqual(['chain']);

  const behind = goodRun();
  behind.final.edges = [{ ...firstOf(behind.final.edges), headSeq: 9 }];
  expect(rulesOf(behind)).toEqual(['chain']);
});

test('what is parked, what forked without a disk put back, and what was never delivered, is found', () => {
  const run = goodRun();
  const entry = firstOf(run.final.entries);
  run.final.parked.push({ ...entry, seq: 99, kind: 'x', reason: 'apply_failed', ticketNo: null });
  run.final.forks.push({ ...entry, seq: 99 });
  run.final.edges = [{ ...firstOf(run.final.edges), isDelivered: false }];
  expect(rulesOf(run).toSorted()).toEqual(['fork', 'not delivered', 'parked']);
});
