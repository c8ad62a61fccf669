import type { Clock } from '@weighgate/protocol';
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { childAbort } from '../line/child-abort.ts';
import { chooseScale } from '../weighing/choose-scale.ts';
import { liveView, type WatchedScale } from './live-view.ts';
import { problem } from './problem.ts';
import { refusalProblem } from './refusal-problem.ts';

const MAX_LIVE_CLIENTS = 32;
const LIVE_INTERVAL_MS = 100;

/** Answers with what a scale shows, ten times a second, until the client or `signal` ends it. At most 32 at a time. */
export function liveStream(scales: readonly WatchedScale[], clock: Clock, signal: AbortSignal) {
  let liveClients = 0;
  return (c: Context) => {
    const choice = chooseScale(scales, c.req.query('scale') ?? null);
    if (choice.kind === 'refused') {
      return refusalProblem(c, { status: 404, title: 'No such scale' }, choice.refusal);
    }
    if (liveClients >= MAX_LIVE_CLIENTS) {
      return problem(c, {
        status: 503,
        code: 'too_many_viewers',
        title: 'Too many viewers',
        detail: `At most ${MAX_LIVE_CLIENTS} live views at a time. Close one.`,
      });
    }
    liveClients += 1;
    return streamSSE(c, async (stream) => {
      using viewing = childAbort(signal);
      stream.onAbort(() => viewing.abort());
      try {
        while (!viewing.signal.aborted) {
          await stream.writeSSE({ event: 'weight', data: JSON.stringify(liveView(choice.scale, clock)) });
          await clock.sleep(LIVE_INTERVAL_MS, viewing.signal);
        }
      } catch (error) {
        if (!viewing.signal.aborted) throw error;
      } finally {
        liveClients -= 1;
      }
    });
  };
}
