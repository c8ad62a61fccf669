import type { Clock, IndicatorCommand } from '@weighgate/protocol';
import { LineError } from '../line/line.ts';
import { type CommandRefusal, commandGate, commandRefusalText } from './command-gate.ts';
import { type CommandVerdict, commandVerdict } from './command-verdict.ts';
import type { Exchange } from './exchange.ts';
import type { Indicator } from './indicator.ts';
import type { GoodFrame, IndicatorReader } from './read-indicator.ts';
import type { Reading } from './reading.ts';

/** What came of a command, for the record. */
export interface CommandRecord {
  command: IndicatorCommand;
  /** Empty when nothing was sent. */
  bytesHex: string;
  outcome: 'done' | 'refused' | 'timeout' | 'unconfirmed';
  detail: string;
  /** Set when the agent itself refused. */
  refusal: CommandRefusal | null;
}

/** Either a record of what happened, or word that another one is under way or was just now. */
export type CommandResult = { kind: 'recorded'; record: CommandRecord } | { kind: 'busy'; detail: string };

/** What the commander must know of the scale at the moment of a command. */
export interface ScaleNow {
  /** The present reading; null when there is none that is fresh. */
  reading: Reading | null;
  isStable: boolean;
  maxKg: number;
}

/** How long an answer or the effect is waited for. */
const TIMEOUT_MS = 5_000;
/** From one command to the next at least (Mettler-Toledo WILDCAT user manual, page 42). */
const APART_MS = 500;
/** How long the questions for the weight wait behind a command, on an indicator that is asked. */
const HOLD_MS = 500;

/** Sends commands to one indicator: one in flight, half a second apart, each with its outcome. */
export function indicatorCommander(
  indicator: Pick<Indicator, 'commands' | 'enquiry'>,
  reader: Pick<IndicatorReader, 'onGoodFrame'>,
  exchange: Exchange,
  scaleNow: () => ScaleNow,
  clock: Clock,
): { command(command: IndicatorCommand, signal: AbortSignal): Promise<CommandResult> } {
  let isBusy = false;
  let lastEndedMs = -Infinity;

  async function command(name: IndicatorCommand, signal: AbortSignal): Promise<CommandResult> {
    if (isBusy || clock.monotonicMs() - lastEndedMs < APART_MS) {
      return {
        kind: 'busy',
        detail: 'Another command is under way or has just ended. Try again in a moment.',
      };
    }
    isBusy = true;
    try {
      return { kind: 'recorded', record: await send(name, signal) };
    } finally {
      isBusy = false;
      lastEndedMs = clock.monotonicMs();
    }
  }

  async function send(name: IndicatorCommand, signal: AbortSignal): Promise<CommandRecord> {
    const now = scaleNow();
    const refusal = commandGate(name, indicator.commands, now);
    const bytes = indicator.commands?.[name];
    if (refusal !== null || bytes === undefined || now.reading === null) {
      const detail = refusal === null ? 'The indicator shows no weight now.' : commandRefusalText(refusal);
      return { command: name, bytesHex: '', outcome: 'refused', detail, refusal };
    }
    const before = now.reading;
    let heard = 0;
    const judge = ({ decoded }: GoodFrame) => {
      heard += 1;
      return commandVerdict(name, bytes, before, decoded);
    };
    const record = (outcome: CommandRecord['outcome'], detail: string): CommandRecord => ({
      command: name,
      bytesHex: Buffer.from(bytes).toString('hex'),
      outcome,
      detail,
      refusal: null,
    });
    const startedMs = clock.monotonicMs();
    const holdMs = indicator.enquiry === undefined ? TIMEOUT_MS : HOLD_MS;
    let verdict: CommandVerdict | null;
    try {
      const answer = await exchange.ask(bytes, judge, holdMs, signal);
      verdict = answer.kind === 'answered' ? answer.answer : null;
    } catch (error) {
      if (signal.aborted) return record('unconfirmed', 'The agent stopped before an answer came.');
      if (!(error instanceof LineError)) throw error;
      return { ...record('refused', `The line took no bytes: ${error.message}`), bytesHex: '' };
    }
    verdict ??= await watch(judge, TIMEOUT_MS - (clock.monotonicMs() - startedMs), signal);
    if (verdict !== null) return record(verdict.outcome, verdict.detail);
    return heard === 0
      ? record('timeout', `The indicator was silent for ${TIMEOUT_MS / 1000} s.`)
      : record('unconfirmed', 'The indicator sent neither an answer nor a reading that shows the effect.');
  }

  /** Waits for the effect to show while the weight is asked for again. */
  async function watch(
    judge: (good: GoodFrame) => CommandVerdict | null,
    durationMs: number,
    signal: AbortSignal,
  ): Promise<CommandVerdict | null> {
    if (durationMs <= 0) return null;
    const over = new AbortController();
    let verdict: CommandVerdict | null = null;
    const unlisten = reader.onGoodFrame((good) => {
      verdict ??= judge(good);
      if (verdict !== null) over.abort();
    });
    const stop = () => over.abort();
    signal.addEventListener('abort', stop, { once: true });
    try {
      await clock.sleep(durationMs, over.signal);
    } catch (error) {
      if (!over.signal.aborted) throw error;
    } finally {
      unlisten();
      signal.removeEventListener('abort', stop);
    }
    return verdict;
  }

  return { command };
}
