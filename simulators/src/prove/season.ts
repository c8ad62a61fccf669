import { openStore } from '@weighgate/edge-agent/src/store/open-store.ts';
import {
  type Clock,
  evidenceRunsOf,
  idMaker,
  isoInstant,
  type RegisteredWeight,
  systemClock,
} from '@weighgate/protocol';
import type { Random } from '../random.ts';

/** What a season at a weighbridge without a network left in its journal. */
export interface Season {
  headSeq: number;
  visits: number;
  /** Of all visits, in grams. */
  netG: number;
  days: number;
}

export interface SeasonSettings {
  dataDir: string;
  device: string;
  site: string;
  /** At least so many entries are made. */
  entries: number;
  /** Over so many days that end now. */
  days: number;
}

const TRUCKS = 40;
const FRAMES = 12;
const KG_STEP = 20;

/** Weighs trucks in and out with the agent's own store while its clock goes through the days. */
export function weighSeason(settings: SeasonSettings, random: Random): Season {
  const { entries, days } = settings;
  const startMs = systemClock.now() - days * 86_400_000;
  const stepMs = Math.floor((days * 86_400_000) / (entries + 1));
  let wallMs = startMs;
  const clock: Clock = {
    now: () => wallMs,
    monotonicMs: () => wallMs - startMs,
    sleep: systemClock.sleep,
  };
  const makeId = idMaker(clock);
  using store = openStore(settings, { clock, makeId, bootId: 'season', processId: process.pid });
  const weightOf = (kg: number): RegisteredWeight => ({
    weightId: makeId(),
    scaleId: 'deck-1',
    grossG: kg * 1000,
    indication: { value: String(kg), unit: 'kg', increment: KG_STEP },
    stability: 'indicator',
    indicator: { model: 'mt-continuous', options: {} },
    registeredAt: isoInstant(wallMs),
    frames: evidenceRunsOf(
      Array.from({ length: FRAMES }, (_, index) => ({
        agoMs: (FRAMES - index) * 50,
        hex: '022a30202032343836302020202020300d00',
      })),
    ),
  });
  let visits = 0;
  let netG = 0;
  while (store.journal.head().seq < entries) {
    const facts = { sessionId: makeId(), truck: `T-${visits % TRUCKS}`, produce: 'orange', containers: [] };
    const first = weightOf(random.whole(900, 2_000) * KG_STEP);
    store.weighings.recordIn({ ...facts, weight: first }, null);
    wallMs += stepMs;
    const second = weightOf(random.whole(300, 700) * KG_STEP);
    const visitNetG = first.grossG - second.grossG;
    store.weighings.recordOut(
      {
        ...facts,
        weight: second,
        first: { weightId: first.weightId, grossG: first.grossG, containers: [] },
        tares: new Map(),
        net: { kind: 'known', netG: visitNetG, truckTareG: second.grossG },
      },
      null,
    );
    wallMs += stepMs;
    visits += 1;
    netG += visitNetG;
  }
  return { headSeq: store.journal.head().seq, visits, netG, days };
}
