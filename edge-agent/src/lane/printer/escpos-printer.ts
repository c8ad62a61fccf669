import type { Clock } from '@weighgate/protocol';
import { childAbort } from '../../line/child-abort.ts';
import { type Line, LineError, type OpenLine } from '../../line/line.ts';
import {
  askStatus,
  escposTicket,
  isStatusByte,
  type StatusAnswers,
  stateOf,
  statusQuestions,
} from './escpos.ts';
import { canPrint, type PrinterState, type TicketPrinter } from './printer.ts';

/** How long a printer may take to say how it is. */
const ANSWER_MS = 2_000;
/** How long a ticket may take: a slow printer prints 60 mm a second. */
const PRINT_MS = 30_000;

/** A receipt printer at the end of a line, asked before and after each ticket. One connection for each. */
export function escposPrinter(name: string, openLine: OpenLine, clock: Clock): TicketPrinter {
  /** Runs `work` on a line of its own, for at most `limitMs`. */
  async function onLine(
    limitMs: number,
    signal: AbortSignal,
    work: (line: Line, answers: AsyncIterator<Uint8Array>) => Promise<PrinterState>,
  ): Promise<PrinterState> {
    using limit = childAbort(signal);
    const late = clock.sleep(limitMs, limit.signal).then(
      () => limit.abort(),
      () => undefined,
    );
    try {
      await using line = await openLine(limit.signal);
      // A line that is closed ends what still reads from it or writes to it.
      limit.signal.addEventListener('abort', () => void line.close(), { once: true });
      return await work(line, line[Symbol.asyncIterator]());
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof LineError || limit.signal.aborted) return 'unreachable';
      throw error;
    } finally {
      limit.abort();
      await late;
    }
  }

  async function askState(line: Line, answers: AsyncIterator<Uint8Array>): Promise<PrinterState> {
    const said: StatusAnswers = { 1: 0, 2: 0, 4: 0 };
    for (const question of statusQuestions) {
      await line.write(askStatus(question));
      const answer = await nextStatus(answers);
      if (answer === null) return 'unreachable';
      said[question] = answer;
    }
    return stateOf(said);
  }

  return {
    name,
    drawing: 'pbm',
    state: (signal) => onLine(ANSWER_MS, signal, askState),
    print: (drawn, _, signal) =>
      onLine(PRINT_MS, signal, async (line, answers) => {
        const before = await askState(line, answers);
        if (!canPrint(before)) return before;
        await line.write(escposTicket(drawn));
        return askState(line, answers);
      }),
  };
}

/** The next status byte; null when the line has ended. */
async function nextStatus(answers: AsyncIterator<Uint8Array>): Promise<number | null> {
  for (;;) {
    const { done, value } = await answers.next();
    if (done === true) return null;
    const status = value.findLast(isStatusByte);
    if (status !== undefined) return status;
  }
}
