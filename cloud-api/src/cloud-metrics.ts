import type { Clock } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { InboxCounts } from './inbox/inbox-routes.ts';
import type { Circuits, DependencyState } from './outbound/circuits.ts';
import type { Db } from './store/database.ts';

/** What is read from the database is read at most so often, however many ask. */
const FIGURES_KEPT_MS = 15_000;

export interface CloudMetricsParts {
  db: Db;
  pool: Pool;
  clock: Clock;
  log: Logger;
  inboxCounts: () => InboxCounts;
  /** Whether requests are counted together with the other replicas; undefined where no Redis is configured. */
  isLimitStoreUp: () => boolean | undefined;
  circuits: Pick<Circuits, 'states'>;
}

/** The figures of this cloud: of its process, its connections, its inbox and its business. */
export function cloudMetrics(parts: CloudMetricsParts): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const { pool, inboxCounts } = parts;
  const gauge = (name: string, help: string, read: () => Promise<number | undefined> | number | undefined) =>
    new Gauge({
      name: `weighgate_${name}`,
      help,
      registers: [registry],
      async collect() {
        const value = await read();
        // Unknown is not zero: a figure that cannot be read is left out.
        if (value === undefined) this.remove();
        else this.set(value);
      },
    });
  gauge('postgres_connections', 'Connections of the pool.', () => pool.totalCount);
  gauge('postgres_connections_idle', 'Connections of the pool that nobody uses.', () => pool.idleCount);
  gauge('postgres_waiting', 'Work that waits for a connection.', () => pool.waitingCount);
  gauge('inbox_connected', '1 while the inbox hears its broker.', () => Number(inboxCounts().connected));
  gauge(
    'inbox_poison_messages',
    'Messages that could not be read, since the start.',
    () => inboxCounts().discarded,
  );
  gauge(
    'inbox_put_off_messages',
    "Messages beyond their device's share, since the start.",
    () => inboxCounts().putOff,
  );
  gauge(
    'rate_limit_store_up',
    '1 while requests are counted in Redis, 0 while each replica counts by itself.',
    () => {
      const isUp = parts.isLimitStoreUp();
      return isUp === undefined ? undefined : Number(isUp);
    },
  );

  new Gauge({
    name: 'weighgate_circuit_state',
    help: 'Of what the cloud calls: 0 while it is called, 1 while one call tries whether it is back, 2 while it is left alone.',
    labelNames: ['dependency'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [dependency, state] of parts.circuits.states())
        this.set({ dependency }, circuitFigures[state]);
    },
  });

  const figures = keptFigures(parts);
  const fromDatabase = (name: keyof Figures, help: string) =>
    gauge(name, help, async () => (await figures())?.[name]);
  fromDatabase(
    'inbox_entries_behind',
    'Entries that devices had when they last greeted and that are not here yet.',
  );
  fromDatabase('inbox_parked_entries', 'Entries that could not be applied and wait for somebody.');
  fromDatabase('alarms_open', 'Alarms that nobody has seen to.');
  fromDatabase('sessions_open', 'Trucks that were weighed in and not yet out.');
  fromDatabase('sessions_closed', 'Sessions that were closed and still count.');
  fromDatabase('delivered_kilograms', 'Net weight in the ledger, corrections counted in.');
  return registry;
}

const circuitFigures: Readonly<Record<DependencyState, number>> = { closed: 0, half_open: 1, open: 2 };

interface Figures {
  inbox_entries_behind: number;
  inbox_parked_entries: number;
  alarms_open: number;
  sessions_open: number;
  sessions_closed: number;
  delivered_kilograms: number;
}

/** Reads the figures of the database, and keeps them for a while; undefined while it does not answer. */
function keptFigures({ db, clock, log }: CloudMetricsParts): () => Promise<Figures | undefined> {
  let kept: { readMs: number; figures: Promise<Figures | undefined> } | undefined;
  return () => {
    const nowMs = clock.monotonicMs();
    if (kept === undefined || nowMs - kept.readMs > FIGURES_KEPT_MS) {
      const figures = readFigures(db).catch((error: unknown) => {
        log.warn({ err: error }, 'metrics.not_read');
        kept = undefined;
        return undefined;
      });
      kept = { readMs: nowMs, figures };
    }
    return kept.figures;
  };
}

async function readFigures(db: Db): Promise<Figures | undefined> {
  const { rows } = await sql<Figures>`
    select (select coalesce(sum(greatest(0, d.head_seq - coalesce(p.contiguous_seq, 0))), 0)::bigint
              from devices d left join ingest_positions p using (device, incarnation)) as inbox_entries_behind,
           (select count(*) from open_parked_entries) as inbox_parked_entries,
           (select count(*) from alarms where acknowledged_at is null) as alarms_open,
           (select count(*) from weighing_sessions where state = 'open' and ended is null) as sessions_open,
           (select count(*) from weighing_sessions where state = 'closed' and ended is null) as sessions_closed,
           (select coalesce(sum(net_g), 0)::float8 / 1000 from ledger_entries) as delivered_kilograms`.execute(
    db,
  );
  return rows[0];
}
