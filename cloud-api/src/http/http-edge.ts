import type { Clock, MakeId } from '@weighgate/protocol';
import type { Hono } from 'hono';
import type { Logger } from 'pino';
import { answerOwnMethods } from './allowed-methods.ts';
import { checkHost } from './check-host.ts';
import { clientAddressReader } from './client-address.ts';
import { compressAnswers } from './compress-answers.ts';
import { guardOrigins } from './cross-origin.ts';
import { limitStrangers } from './limit-requests.ts';
import { protectAnswers } from './page-headers.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { requestId } from './request-id.ts';
import type { Answered } from './request-metrics.ts';
import type { AppEnv } from './router.ts';
import { limitBody, requireStrictJson } from './strict-body.ts';

/** What the operator decides of the edge. */
export interface HttpEdge {
  /** Names beside localhost and addresses under which this server is reached. */
  hosts: readonly string[];
  /** Origins whose pages may call the API. */
  corsOrigins: readonly string[];
  /** Networks whose `X-Forwarded-For` is believed. */
  trustedProxies: readonly string[];
}

/** An edge that nothing was decided for: reached by address, by nobody's pages, behind no proxy. */
export const plainEdge: HttpEdge = { hosts: [], corsOrigins: [], trustedProxies: [] };

export interface HttpEdgeParts {
  edge: HttpEdge;
  clock: Clock;
  makeId: MakeId;
  log: Logger;
  randomBytes: (size: number) => Buffer;
  limiter: RateLimiter;
  onAnswered?: (answered: Answered) => void;
}

/** Puts what holds for every request before all routes, outermost first. */
export function useHttpEdge(app: Hono<AppEnv>, parts: HttpEdgeParts): void {
  const { edge } = parts;
  app.use(requestId({ ...parts, addressOf: clientAddressReader(edge.trustedProxies) }));
  app.use(protectAnswers(parts));
  app.use(checkHost(edge.hosts));
  app.use(guardOrigins(edge.corsOrigins));
  app.use(answerOwnMethods(app));
  app.use(compressAnswers());
  // Inside of compression: an answer it puts in the place of another is not yet compressed.
  app.use(limitStrangers(parts.limiter));
  app.use(limitBody());
  app.use(requireStrictJson());
}
