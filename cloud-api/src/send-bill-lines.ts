import type { Clock } from '@weighgate/protocol';
import type { Logger } from 'pino';
import { billLineSpanOf } from './entry-spans.ts';
import type { Db } from './store/database.ts';
import type { TraceExport } from './trace-export.ts';

/** Sessions of one bill whose traces are told of it: a bill may hold a million, and a trace is never worth a weighing. */
const MAX_TRACED_SESSIONS = 1_000;

/**
 * Sends a span of each session that an issued bill holds, the first {@link MAX_TRACED_SESSIONS} of it, from the instant it
 * was issued until now. A failure is logged: the bill is issued all the same.
 */
export async function sendBillLines(
  billId: string,
  { db, clock, log, traces }: { db: Db; clock: Clock; log: Logger; traces: Pick<TraceExport, 'send'> },
): Promise<void> {
  try {
    const rows = await db
      .selectFrom('bill_sessions')
      .innerJoin('bills', 'bills.id', 'bill_sessions.bill_id')
      .select(['bill_sessions.session_id', 'bill_sessions.line_no', 'bills.issued_at'])
      .where('bill_sessions.bill_id', '=', billId)
      .orderBy('bill_sessions.position')
      .limit(MAX_TRACED_SESSIONS)
      .execute();
    const endMs = clock.now();
    traces.send(
      rows.map((row) =>
        billLineSpanOf(row.session_id, `${billId}/${row.line_no}`, row.issued_at.getTime(), endMs),
      ),
    );
  } catch (error) {
    log.warn({ err: error, billId }, 'traces.bill_not_sent');
  }
}
