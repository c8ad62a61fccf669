import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setDurable } from '@weighgate/edge-agent/src/store/open-database.ts';
import { openStore } from '@weighgate/edge-agent/src/store/open-store.ts';
import { evidenceRunsOf, idMaker, isoInstant, type RegisteredWeight, systemClock } from '@weighgate/protocol';
import Database from 'better-sqlite3';
import { type BenchResult, medianOf, perSecond, timed } from './result.ts';

const ROUNDS = 9;
const WEIGHINGS_A_ROUND = 400;
const WARM_UP_COMMITS = 2000;

/**
 * Whole weighings made durable per second (weight with its frames, session, ticket number, chained journal entry), each
 * in a commit of its own, against durable inserts of one row by bare better-sqlite3 on the same disk in the same run.
 * The row holds the text of such an entry: that much has to reach the disk whatever is done around it, and one flush
 * of it is the physical limit.
 *
 * The signature of the head is made after the commit, once for all commits of one turn of the event loop; it is timed by
 * itself.
 */
export function benchCommit(): BenchResult[] {
  const folder = mkdtempSync(join(tmpdir(), 'weighgate-bench-'));
  try {
    using store = openStore(
      { dataDir: join(folder, 'agent'), device: 'bench-1', site: 'BENCH' },
      { clock: systemClock, makeId: idMaker(systemClock), bootId: 'bench', processId: process.pid },
    );
    const bare = new Database(join(folder, 'bare.db'));
    setDurable(bare);
    bare.exec('CREATE TABLE rows (id INTEGER PRIMARY KEY, value TEXT NOT NULL) STRICT');
    const insertText = bare.prepare('INSERT INTO rows (value) VALUES (?)');
    const makeId = idMaker(systemClock);
    weighInAndOut(store, visitOf(makeId, 'ENTRY'));
    const [entryText = ''] = store.journal
      .rowsAfter(0, 2, 1_000_000)
      .map(({ entry }) => entry)
      .slice(-1);
    const insert = () => insertText.run(entryText);

    // Until a WAL has been checkpointed once it grows with every commit; after that it is written over in place.
    // Both sides are warmed up by as many commits: what is compiled while it runs belongs to neither of them.
    for (let row = 0; row < WARM_UP_COMMITS; row += 1) insert();
    for (let visit = 0; visit < WARM_UP_COMMITS / 2; visit += 1) {
      weighInAndOut(store, visitOf(makeId, `W-${visit}`));
    }

    const ratios: number[] = [];
    let [bestWeighMs, bestBareMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let round = 0; round < ROUNDS; round += 1) {
      const bareMs = timed(() => {
        for (let row = 0; row < WEIGHINGS_A_ROUND; row += 1) insert();
      });
      // What was weighed is there before it is stored, as the text of the bare rows is.
      const visits = Array.from({ length: WEIGHINGS_A_ROUND / 2 }, (_, visit) =>
        visitOf(makeId, `T-${round}-${visit}`),
      );
      const weighMs = timed(() => {
        for (const visit of visits) weighInAndOut(store, visit);
      });
      ratios.push(bareMs / weighMs);
      bestBareMs = Math.min(bestBareMs, bareMs);
      bestWeighMs = Math.min(bestWeighMs, weighMs);
    }
    bare.close();
    const signMs = timed(() => {
      for (let time = 0; time < WEIGHINGS_A_ROUND; time += 1) store.key.sign(entryText);
    });
    return [
      {
        name: 'commit',
        value: medianOf(ratios),
        goal: 0.6,
        details: [
          `whole weighings, each durable: ${perSecond(WEIGHINGS_A_ROUND, bestWeighMs)}`,
          `durable inserts of an entry's text (${entryText.length} bytes) by bare better-sqlite3: ${perSecond(WEIGHINGS_A_ROUND, bestBareMs)}`,
          `a signature, after the commit: ${Math.round((signMs * 1000) / WEIGHINGS_A_ROUND)} us`,
        ],
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Weighings = ReturnType<typeof openStore>['weighings'];

interface Visit {
  in: Parameters<Weighings['recordIn']>[0];
  out: Parameters<Weighings['recordOut']>[0];
}

function visitOf(makeId: ReturnType<typeof idMaker>, truck: string): Visit {
  const facts = { sessionId: makeId(), truck, produce: 'orange', containers: [] };
  const [inWeight, outWeight] = [weightOf(makeId, 24_860), weightOf(makeId, 8_220)];
  return {
    in: { ...facts, weight: inWeight },
    out: {
      ...facts,
      weight: outWeight,
      first: { weightId: inWeight.weightId, grossG: inWeight.grossG, containers: [] },
      tares: new Map(),
      net: { kind: 'known', netG: inWeight.grossG - outWeight.grossG, truckTareG: outWeight.grossG },
    },
  };
}

function weighInAndOut({ weighings }: { weighings: Weighings }, visit: Visit): void {
  weighings.recordIn(visit.in, null);
  weighings.recordOut(visit.out, null);
}

function weightOf(makeId: ReturnType<typeof idMaker>, kg: number): RegisteredWeight {
  return {
    weightId: makeId(),
    scaleId: 'deck-1',
    grossG: kg * 1000,
    indication: { value: String(kg), unit: 'kg', increment: 2 },
    stability: 'indicator',
    indicator: { model: 'mt-continuous', options: { checksum: 'mt7' } },
    registeredAt: isoInstant(systemClock.now()),
    // One second of a 20 Hz indicator at rest, written as the agent writes it.
    frames: evidenceRunsOf(
      Array.from({ length: 20 }, (_, index) => ({
        agoMs: (19 - index) * 50,
        hex: '022a30202032343836302020202020300d00',
      })),
    ),
  };
}
