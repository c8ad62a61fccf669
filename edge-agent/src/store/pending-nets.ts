import assert from 'node:assert/strict';
import { type JournalEntry, netOf, type Uuid } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import { netRefusalOf } from '../weighing/net-refusal.ts';
import type { Journal } from './journal.ts';
import type { PrintQueue } from './print-queue.ts';
import type { TicketStore } from './ticket-store.ts';

/** Completes the nets that wait for a tare. */
export interface PendingNets {
  /** Must run inside the transaction that sets the tare of this container. */
  complete(container: string): void;
}

/** What follows for tickets from a net that is completed. */
export interface TicketParts {
  tickets: Pick<TicketStore, 'reissue'>;
  printQueue: Pick<PrintQueue, 'add'>;
}

/**
 * A pending net is computed with the tares it was weighed out with, and for the containers it waits for with those of
 * now. Only when the last has come is there a net. One that cannot be right stays pending, with the reason beside it.
 * With the net its ticket is issued once more.
 */
export function openPendingNets(
  database: Database.Database,
  journal: Journal,
  { tickets, printQueue }: TicketParts,
): PendingNets {
  const selectWaiting = database.prepare<[string], { sessionId: Uuid; closedUuid: Uuid }>(`
    SELECT session_id AS sessionId, second_weight_id AS closedUuid FROM weighing_sessions
    WHERE net_kind = 'pending' AND ended IS NULL
      AND EXISTS (SELECT 1 FROM json_each(waiting_for) AS waited WHERE waited.value = ?)
    ORDER BY session_id
  `);
  const selectTare = database
    .prepare<[string], number>('SELECT tare_g FROM container_tares WHERE container = ?')
    .pluck();
  const setKnown = database.prepare(`
    UPDATE weighing_sessions
    SET net_kind = 'known', net_g = ?, truck_tare_g = ?, waiting_for = NULL, net_refusal = NULL WHERE session_id = ?
  `);
  const setRefused = database.prepare('UPDATE weighing_sessions SET net_refusal = ? WHERE session_id = ?');

  function completeOne(sessionId: Uuid, closedUuid: Uuid): void {
    const closed = journal.entry(closedUuid);
    assert(closed?.kind === 'session.closed', `session ${sessionId} has a pending net and was not closed`);
    const { body } = closed;
    const { weight, first, ticketNo } = body;
    const second = { weightId: weight.weightId, grossG: weight.grossG, containers: body.containers };
    const tares = taresOf(body, [...first.containers, ...second.containers]);
    const net = netOf(first, second, tares);
    if (net.kind === 'pending') return;
    const refusal = netRefusalOf(first, second, net, tares);
    if (refusal !== null) {
      setRefused.run(refusal.code, sessionId);
      return;
    }
    setKnown.run(net.netG, net.truckTareG, sessionId);
    const completed = journal.append({
      kind: 'session.net_completed',
      body: {
        sessionId,
        completes: closedUuid,
        ticketNo,
        first,
        second,
        tares: [...tares].map(([container, tareG]) => ({ container, tareG })),
        net,
      },
    });
    assert(completed.kind === 'session.net_completed');
    tickets.reissue(completed);
    printQueue.add(weight.weightId);
  }

  function taresOf(
    { tares }: Extract<JournalEntry, { kind: 'session.closed' }>['body'],
    containers: readonly string[],
  ): Map<string, number> {
    const known = new Map(tares.map(({ container, tareG }) => [container, tareG]));
    for (const container of containers) {
      const tareG = known.get(container) ?? selectTare.get(container);
      if (tareG !== undefined) known.set(container, tareG);
    }
    return known;
  }

  return {
    complete: (container) => {
      for (const { sessionId, closedUuid } of selectWaiting.all(container))
        completeOne(sessionId, closedUuid);
    },
  };
}
