import { createHash } from 'node:crypto';
import { type Batch, readTraceparent, type TracePlace, traceIdOf, tracePlaceOf } from '@weighgate/protocol';
import { z } from 'zod';

/** A span whose beginning and end are known. Times are milliseconds since 1970. */
export interface EndedSpan extends TracePlace {
  parentSpanId: string | null;
  name: string;
  startMs: number;
  endMs: number;
  attributes: Readonly<Record<string, string | number>>;
  links: readonly TracePlace[];
}

/** What of an entry its spans are told from; everything else is left alone. */
const tracedEntrySchema = z.looseObject({
  uuid: z.string(),
  kind: z.string(),
  device: z.string(),
  seq: z.number(),
  at: z.looseObject({ wallMs: z.number(), clock: z.string() }),
  body: z.looseObject({
    sessionId: z.string().optional(),
    net: z.looseObject({ kind: z.string() }).optional(),
    weight: z
      .looseObject({
        registeredAt: z.string(),
        frames: z.array(z.looseObject({ agoMs: z.number() })).optional(),
      })
      .optional(),
  }),
});

/**
 * The spans of batches that were committed: of each weighing from the first frame that its weight settled in to the ledger,
 * in the trace of its session, and of the transaction that stored them. Told from the journal, so that a weighing made
 * offline months ago has its trace as well. Nothing in them names a plate, a person or an amount. Pure.
 * @param committedAtMs when the transaction had ended
 */
export function entrySpansOf(
  batches: readonly Batch[],
  receivedAtMs: number,
  committedAtMs: number,
): EndedSpan[] {
  return batches.flatMap((batch) => {
    const sent = readTraceparent(batch.traceparent);
    const stored = spanOf(
      'inbox.batch',
      placeIn(sent?.traceId ?? traceIdOf(batch.incarnation), `batch ${batch.device} ${batch.from}`),
      {
        parentSpanId: sent?.spanId ?? null,
        startMs: receivedAtMs,
        endMs: committedAtMs,
        attributes: { 'weighgate.device': batch.device, 'weighgate.entries': batch.rows.length },
      },
    );
    return [stored, ...batch.rows.flatMap((row) => rowSpansOf(row, stored))];
  });
}

/** Where the ledger's span of a session stands: the lines of bills come after it. */
export function ledgerPlaceOf(sessionId: string): TracePlace {
  return placeIn(traceIdOf(sessionId), `ledger ${sessionId}`);
}

/** The span of a session on a line of a bill. @param line its id */
export function billLineSpanOf(sessionId: string, line: string, startMs: number, endMs: number): EndedSpan {
  const ledger = ledgerPlaceOf(sessionId);
  return spanOf('bill.line', placeIn(ledger.traceId, `line ${line} ${sessionId}`), {
    parentSpanId: ledger.spanId,
    startMs,
    endMs,
    attributes: { 'weighgate.bill_line': line },
  });
}

function rowSpansOf(row: Batch['rows'][number], stored: EndedSpan): EndedSpan[] {
  const place = tracePlaceOf(row);
  const reading = tracedEntrySchema.safeParse(parsed(row.entry));
  if (place === undefined || !reading.success) return [];
  const { uuid, kind, device, seq, at, body } = reading.data;
  const { weight, sessionId } = body;
  const attributes = {
    'weighgate.device': device,
    'weighgate.seq': seq,
    'weighgate.entry': uuid,
    'weighgate.kind': kind,
    'weighgate.clock': at.clock,
  };
  const registeredMs = weight === undefined ? at.wallMs : Date.parse(weight.registeredAt);
  const settledForMs = Math.max(0, ...(weight?.frames ?? []).map(({ agoMs }) => agoMs));
  const startMs = registeredMs - settledForMs;
  const root = spanOf(kind, place, { parentSpanId: null, startMs, endMs: at.wallMs, attributes });
  const child = (name: string, fromMs: number, toMs: number, links: readonly TracePlace[] = []) =>
    spanOf(name, placeIn(place.traceId, `${name} ${uuid}`), {
      parentSpanId: place.spanId,
      startMs: fromMs,
      endMs: toMs,
      attributes,
      links,
    });
  const isPosted = sessionId !== undefined && body.net?.kind === 'known';
  return [
    root,
    ...(weight === undefined ? [] : [child('weight.settle', startMs, registeredMs)]),
    child('journal.append', registeredMs, at.wallMs),
    child('sync.wait', at.wallMs, stored.startMs),
    child('inbox.apply', stored.startMs, stored.endMs, [{ traceId: stored.traceId, spanId: stored.spanId }]),
    ...(isPosted
      ? [
          spanOf('ledger.post', ledgerPlaceOf(sessionId), {
            parentSpanId: place.spanId,
            startMs: stored.startMs,
            endMs: stored.endMs,
            attributes,
          }),
        ]
      : []),
  ];
}

function placeIn(traceId: string, what: string): TracePlace {
  return { traceId, spanId: createHash('sha256').update(what).digest('hex').slice(0, 16) };
}

/** A span does not end before it begins, whatever two clocks say. */
function spanOf(
  name: string,
  { traceId, spanId }: TracePlace,
  {
    startMs,
    endMs,
    ...rest
  }: Omit<EndedSpan, 'traceId' | 'spanId' | 'name' | 'links'> & { links?: readonly TracePlace[] },
): EndedSpan {
  return { links: [], ...rest, traceId, spanId, name, startMs, endMs: Math.max(startMs, endMs) };
}

function parsed(entry: string): unknown {
  try {
    return JSON.parse(entry);
  } catch {
    // Stored as it came and parked: there is nothing to tell of it.
    return null;
  }
}
