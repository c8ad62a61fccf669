import { type Link, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import type { EndedSpan } from './entry-spans.ts';

/** Spans that wait to be sent; beyond it the newest are dropped: a trace is never worth a weighing. */
const MAX_WAITING = 4_096;
const MAX_AT_ONCE = 512;
const EVERY_MS = 2_000;
const EXPORT_TIMEOUT_MS = 5_000;

/** Sends spans to a collector. Disposing sends what waits, for five seconds at most. */
export interface TraceExport extends AsyncDisposable {
  send(spans: readonly EndedSpan[]): void;
}

/** @param otlpUrl of a collector that takes OTLP over HTTP, such as `http://127.0.0.1:4318/v1/traces` */
export function openTraceExport(otlpUrl: string, log: Logger): TraceExport {
  const resource = resourceFromAttributes({ 'service.name': 'weighgate' });
  const exporter = new OTLPTraceExporter({ url: otlpUrl, timeoutMillis: EXPORT_TIMEOUT_MS });
  const processor = new BatchSpanProcessor({
    exporter,
    maxQueueSize: MAX_WAITING,
    maxExportBatchSize: MAX_AT_ONCE,
    scheduledDelayMillis: EVERY_MS,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  });
  return {
    send: (spans) => {
      for (const span of spans) {
        const { name, attributes, startMs, endMs, traceId, parentSpanId } = span;
        processor.onEnd({
          name,
          kind: SpanKind.INTERNAL,
          spanContext: () => contextOf(span),
          ...(parentSpanId === null
            ? {}
            : { parentSpanContext: contextOf({ traceId, spanId: parentSpanId }) }),
          startTime: timeOf(startMs),
          endTime: timeOf(endMs),
          duration: timeOf(endMs - startMs),
          status: { code: SpanStatusCode.UNSET },
          attributes,
          links: span.links.map((place): Link => ({ context: contextOf(place) })),
          events: [],
          ended: true,
          resource,
          instrumentationScope: { name: 'weighgate' },
          droppedAttributesCount: 0,
          droppedEventsCount: 0,
          droppedLinksCount: 0,
        });
      }
    },
    [Symbol.asyncDispose]: async () => {
      try {
        await processor.shutdown();
      } catch (error) {
        // The cloud stops all the same: what is lost can be told again from the journal.
        log.warn({ err: error, otlpUrl }, 'traces.not_sent');
      }
    },
  };
}

const contextOf = ({ traceId, spanId }: { traceId: string; spanId: string }) => ({
  traceId,
  spanId,
  traceFlags: TraceFlags.SAMPLED,
});

/** Seconds and nanoseconds. */
const timeOf = (ms: number): [number, number] => [Math.floor(ms / 1_000), Math.round((ms % 1_000) * 1e6)];
