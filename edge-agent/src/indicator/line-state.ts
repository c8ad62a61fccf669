import type { LineErrorCode } from '../line/line.ts';

/** What is known of a line and of the bytes on it, counted since the agent started. Times are monotonic. */
export interface LineHealth {
  lineUp: boolean;
  lineName: string | null;
  /** Why the line is down, in words; null while it is up. */
  downReason: string | null;
  downCode: LineErrorCode | null;
  upSinceMs: number | null;
  frames: number;
  rejectedFrames: number;
  discardedBytes: number;
  /** The first bytes of what was last discarded or rejected, so that a person can see what comes instead of frames. */
  discardedSampleHex: string | null;
  lastByteAtMs: number | null;
  /** When a frame was last understood, as a reading or as an answer. */
  lastGoodFrameAtMs: number | null;
  lastReadingAtMs: number | null;
}

/**
 * Four ways in which a scale gives no weight, each with another remedy, and `ok`.
 *
 * - `port_gone`: there is no port or connection
 * - `silent`: it is open and no byte comes
 * - `no_frames`: bytes come and none of them make a frame
 * - `stale`: frames come, or came just now, and no fresh reading
 */
export type LineState = 'port_gone' | 'silent' | 'no_frames' | 'stale' | 'ok';

export interface LineStateRule {
  /** A reading older than this is not the present weight, in ms. */
  staleAfterMs: number;
  /** No byte for so long is silence, no good frame for so long is bytes without frames; in ms. */
  givenUpAfterMs: number;
}

/** How long a line may be without bytes or frames before that is its state: a person is told within 2 s. */
export const GIVEN_UP_AFTER_MS = 2_000;

/** Which of the states a line is in. @param nowMs monotonic */
export function lineStateOf(health: LineHealth, nowMs: number, rule: LineStateRule): LineState {
  const { lineUp, downCode, upSinceMs, lastByteAtMs, lastGoodFrameAtMs, lastReadingAtMs } = health;
  // A silent line is closed and opened again to find out whether the other side is still there.
  if (!lineUp) return downCode === 'line_silent' ? 'silent' : 'port_gone';
  /** Time since it happened on this opening of the line, or since the opening. */
  const sinceMs = (atMs: number | null) => nowMs - Math.max(atMs ?? -Infinity, upSinceMs ?? -Infinity);
  if (lastReadingAtMs !== null && nowMs - lastReadingAtMs <= rule.staleAfterMs) return 'ok';
  if (sinceMs(lastByteAtMs) > rule.givenUpAfterMs) return 'silent';
  if (sinceMs(lastGoodFrameAtMs) > rule.givenUpAfterMs) return 'no_frames';
  return 'stale';
}

/** What a person has to check. */
export function lineAdvice(state: LineState, { downReason, discardedSampleHex }: LineHealth): string | null {
  switch (state) {
    case 'port_gone':
      return `${downReason ?? 'The line is not open yet'}. Check that the cable or adapter is plugged in and its path or address is right.`;
    case 'silent':
      return 'The line is open and the indicator says nothing. Check that it is switched on, that its cable is connected, that it is set to send continuously (or, if it is asked, answers at the address that is configured), and that RTS and DTR are as it needs them.';
    case 'no_frames':
      return `Bytes come and none of them make a frame${discardedSampleHex === null ? '' : ` (${discardedSampleHex})`}. Check baud rate, data bits, parity and the model.`;
    case 'stale':
      return 'The indicator answers and gives no weight. Check that it is set to send the weight and shows no error.';
    case 'ok':
      return null;
  }
}

/** The health of several lines as one: up while all are, its times those of the one that lags most. */
export function healthOfAll(lines: readonly { id: string; health: LineHealth }[]): LineHealth {
  const healths = lines.map(({ health }) => health);
  const down = lines.find(({ health }) => !health.lineUp);
  const oldest = (key: 'lastByteAtMs' | 'lastGoodFrameAtMs' | 'lastReadingAtMs') =>
    healths.some((health) => health[key] === null)
      ? null
      : Math.min(...healths.map((health) => health[key] ?? Infinity));
  const sum = (key: 'frames' | 'rejectedFrames' | 'discardedBytes') =>
    healths.reduce((total, health) => total + health[key], 0);
  return {
    lineUp: down === undefined,
    lineName: lines.map(({ id }) => id).join(' + '),
    downReason: down === undefined ? null : `${down.id}: ${down.health.downReason ?? 'not open yet'}`,
    downCode: down?.health.downCode ?? null,
    upSinceMs:
      down === undefined ? Math.max(...healths.map(({ upSinceMs }) => upSinceMs ?? -Infinity)) : null,
    frames: sum('frames'),
    rejectedFrames: sum('rejectedFrames'),
    discardedBytes: sum('discardedBytes'),
    discardedSampleHex:
      healths.find((health) => health.discardedSampleHex !== null)?.discardedSampleHex ?? null,
    lastByteAtMs: oldest('lastByteAtMs'),
    lastGoodFrameAtMs: oldest('lastGoodFrameAtMs'),
    lastReadingAtMs: oldest('lastReadingAtMs'),
  };
}
