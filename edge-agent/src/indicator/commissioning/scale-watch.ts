import type { Clock } from '@weighgate/protocol';
import type { Logger } from 'pino';
import { type KeepLineRule, keepLine, type LineEvent } from '../../line/kept-line.ts';
import type { OpenLine } from '../../line/line.ts';
import { type AskRule, askIndicator } from '../ask-indicator.ts';
import { exchangeOver } from '../exchange.ts';
import type { Indicator } from '../indicator.ts';
import { GIVEN_UP_AFTER_MS, type LineHealth, type LineState, lineStateOf } from '../line-state.ts';
import { type FramedReading, readIndicator } from '../read-indicator.ts';

/** Most readings and bytes kept of one step; of more, the latest. */
const MAX_SEEN = 200;
const MAX_BYTES = 32 * 1024;

/** A scale under the eyes of somebody who commissions it. */
export interface ScaleWatch extends AsyncDisposable {
  lineState(): LineState;
  health(): Readonly<LineHealth>;
  latest(): FramedReading | null;
  /** Forgets what was seen so far. */
  begin(): void;
  /** Readings since `begin`, oldest first, the latest {@link MAX_SEEN} of them. */
  seen(): readonly FramedReading[];
  /** Bytes since `begin`, at the end at most {@link MAX_BYTES} of them. */
  bytes(): Uint8Array;
}

export interface ScaleWatchParts {
  clock: Clock;
  random: () => number;
  log: Logger;
}

/** Opens the line and reads the indicator until it is disposed of. */
export function watchScale(
  open: OpenLine,
  indicator: Indicator,
  rules: { keep: KeepLineRule; ask: AskRule; staleAfterMs: number },
  { clock, random, log }: ScaleWatchParts,
): ScaleWatch {
  const stop = new AbortController();
  let latest: FramedReading | null = null;
  let seen: FramedReading[] = [];
  let bytes = Buffer.alloc(0);

  async function* tapped(events: AsyncIterable<LineEvent>): AsyncGenerator<LineEvent> {
    for await (const event of events) {
      if (event.kind === 'bytes') bytes = Buffer.concat([bytes, event.bytes]).subarray(-MAX_BYTES);
      yield event;
    }
  }
  const events = tapped(keepLine(open, rules.keep, { clock, random, log }, stop.signal));
  const onReading = (reading: FramedReading) => {
    latest = reading;
    seen = [...seen, reading].slice(-MAX_SEEN);
  };
  const reader = readIndicator(events, indicator, onReading, { clock, log });
  const asking =
    indicator.enquiry === undefined
      ? null
      : askIndicator(
          exchangeOver(reader, clock),
          reader.health,
          indicator.enquiry,
          rules.ask,
          { clock, log },
          stop.signal,
        );
  const { staleAfterMs } = rules;
  return {
    lineState: () =>
      lineStateOf(reader.health(), clock.monotonicMs(), {
        staleAfterMs,
        givenUpAfterMs: Math.max(staleAfterMs, GIVEN_UP_AFTER_MS),
      }),
    health: reader.health,
    latest: () => latest,
    begin: () => {
      seen = [];
      bytes = Buffer.alloc(0);
    },
    seen: () => seen,
    bytes: () => bytes,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await Promise.all([reader.done, asking?.done]);
    },
  };
}
