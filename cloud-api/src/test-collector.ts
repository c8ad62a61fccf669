import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { listenOn } from './store/listen-on.ts';

const idSchema = z.string();
const requestSchema = z.looseObject({
  resourceSpans: z.array(
    z.looseObject({
      scopeSpans: z.array(
        z.looseObject({
          spans: z.array(
            z.looseObject({
              traceId: idSchema,
              spanId: idSchema,
              parentSpanId: idSchema.optional(),
              name: z.string(),
              startTimeUnixNano: z.coerce.string(),
              endTimeUnixNano: z.coerce.string(),
            }),
          ),
        }),
      ),
    }),
  ),
});
type CollectedSpan = z.infer<typeof requestSchema>['resourceSpans'][0]['scopeSpans'][0]['spans'][0];

/** A collector of spans that takes OTLP as JSON over HTTP and keeps all it got. */
export async function startTestCollector(): Promise<
  AsyncDisposable & { url: string; spans: CollectedSpan[] }
> {
  const spans: CollectedSpan[] = [];
  const server = createServer(async (request, response) => {
    const { resourceSpans } = requestSchema.parse(await json(request));
    for (const { scopeSpans } of resourceSpans) for (const one of scopeSpans) spans.push(...one.spans);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  const port = await listenOn(server, '127.0.0.1', 0, 'port');
  return {
    url: `http://127.0.0.1:${port}/v1/traces`,
    spans,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
