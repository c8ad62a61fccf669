import { Counter, Histogram, type Registry } from 'prom-client';

/** One answer, for the figures of its route: rate, errors and duration. */
export interface Answered {
  method: string;
  /** The route's pattern, never the path: there are as many of those as there are trucks. */
  route: string;
  status: number;
  durationMs: number;
}

/** Up to the longest that a statement may run. */
const BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Methods outside of these are counted as one: a stranger may make up any. */
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** @returns what notes an answer in the registry */
export function requestMetrics(registry: Registry): (answered: Answered) => void {
  const seconds = new Histogram({
    name: 'weighgate_http_request_duration_seconds',
    help: 'Time from a request to its answer, by route and class of status.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: BUCKETS_S,
    registers: [registry],
  });
  const refused = new Counter({
    name: 'weighgate_http_rate_limited_total',
    help: 'Requests answered 429, by route.',
    labelNames: ['route'] as const,
    registers: [registry],
  });
  return ({ method, route, status, durationMs }) => {
    const asked = methods.has(method) ? method : 'other';
    seconds.observe({ method: asked, route, status: `${Math.floor(status / 100)}xx` }, durationMs / 1000);
    if (status === 429) refused.inc({ route });
  };
}
