import { traceIdOf } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { billLineSpanOf, entrySpansOf, ledgerPlaceOf } from './entry-spans.ts';
import { TestChain, visitEntries } from './inbox/test-chain.ts';
import { testParts } from './store/test-database.ts';
import { startTestCollector } from './test-collector.ts';
import { openTraceExport } from './trace-export.ts';

const visit = () =>
  visitEntries({
    truck: '77-421-03',
    produce: 'orange',
    inKg: 15_000,
    outKg: 8_000,
    weighedOutAt: '2026-05-31T11:00:00.000Z',
  });

test('one trace, named after the session, leads from the first frame to the ledger and on to the line of a bill', () => {
  const chain = new TestChain();
  const { sessionId, opened, closed } = visit();
  chain.add(opened);
  chain.add(closed);
  const spans = [
    ...entrySpansOf([chain.batch()], 9e12, 9e12 + 40),
    billLineSpanOf(sessionId, 'line-1', 9.1e12, 9.1e12 + 5),
  ];
  const ofSession = spans.filter(({ traceId }) => traceId === traceIdOf(sessionId));
  expect(ofSession.map(({ name }) => name)).toEqual([
    ...['session.opened', 'weight.settle', 'journal.append', 'sync.wait', 'inbox.apply'],
    ...['session.closed', 'weight.settle', 'journal.append', 'sync.wait', 'inbox.apply', 'ledger.post'],
    'bill.line',
  ]);
  const settle = ofSession.find(({ name }) => name === 'weight.settle');
  expect(settle?.endMs).toBe(Date.parse('2026-05-31T11:00:00.000Z'));
  expect((settle?.endMs ?? 0) - (settle?.startMs ?? 0)).toBe(20);
  expect(ofSession.at(-1)?.parentSpanId).toBe(ledgerPlaceOf(sessionId).spanId);
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
  expect(JSON.stringify(spans)).not.toContain('77-421-03');
  expect(new Set(spans.flatMap(({ attributes }) => Object.keys(attributes)))).toEqual(
    new Set(
      ['device', 'entries', 'seq', 'entry', 'kind', 'clock', 'bill_line'].map((one) => `weighgate.${one}`),
    ),
  );
  const stored = spans.find(({ name }) => name === 'inbox.batch');
  expect(ofSession.find(({ name }) => name === 'inbox.apply')?.links).toEqual([
    { traceId: stored?.traceId, spanId: stored?.spanId },
  ]);
});

test('a batch stands where its envelope says; an entry that cannot be read has no spans, and no span ends before it begins', () => {
  const chain = new TestChain();
  chain.addText('not JSON');
  const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
  const batch = { ...chain.batch(), traceparent: `00-${parent.traceId}-${parent.spanId}-01` };
  expect(entrySpansOf([batch], 100, 90)).toMatchObject([
    { name: 'inbox.batch', traceId: parent.traceId, parentSpanId: parent.spanId, startMs: 100, endMs: 100 },
  ]);
});

test('spans reach a collector as OTLP, the last ones when the cloud stops', async () => {
  await using collector = await startTestCollector();
  const { sessionId, opened } = visit();
  const chain = new TestChain();
  chain.add(opened);
  const spans = entrySpansOf([chain.batch()], 1_780_000_000_500, 1_780_000_000_540);
  {
    await using traces = openTraceExport(collector.url, testParts.log);
    traces.send(spans);
  }
  expect(collector.spans.map(({ name, traceId }) => [name, traceId])).toEqual(
    spans.map(({ name, traceId }) => [name, traceId]),
  );
  const apply = collector.spans.find(({ name }) => name === 'inbox.apply');
  expect(apply).toMatchObject({
    traceId: traceIdOf(sessionId),
    startTimeUnixNano: '1780000000500000000',
    endTimeUnixNano: '1780000000540000000',
  });
});

test('without a collector spans are given up, and stopping takes no longer than a few seconds', async () => {
  const chain = new TestChain();
  chain.add(visit().opened);
  const traces = openTraceExport('http://127.0.0.1:9/v1/traces', testParts.log);
  traces.send(entrySpansOf([chain.batch()], 1, 2));
  await expect(traces[Symbol.asyncDispose]()).resolves.toBeUndefined();
}, 15_000);
