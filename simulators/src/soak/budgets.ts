import { existsSync, readdirSync, statSync } from 'node:fs';
import { databasePath } from '@weighgate/edge-agent/src/store/open-database.ts';
import { residentMb } from '../bench/resident-mb.ts';
import type { SoakPlant } from './soak-plant.ts';

/** What the programs took at one moment. */
interface Sample {
  atMs: number;
  residentMb: number;
  openFiles: number;
}

/** What the programs took over time. */
export interface Budgets {
  /** Looks once at everything that is up. */
  sample(atMs: number): void;
  /** The life of a program whose memory grew fastest, of those that were long enough to say something. */
  steepest(): { life: string; mbPerHour: number } | null;
  mostResidentMb(): number;
  /** The most that open files grew by within one life of a program, after its first minute. */
  mostFilesGrown(): number;
  mostLogMiB(): number;
}

/** Without the warm-up. */
const LONG_LIFE_MS = 240_000;
/** A heap has its size, and what is opened once is open. */
const WARM_UP_MS = 60_000;

export function budgetsOf({ agents, cloud }: SoakPlant): Budgets {
  const lives = new Map<string, Sample[]>();
  let mostLogMiB = 0;

  function look(name: string, pid: number | undefined, atMs: number): void {
    if (pid === undefined) return;
    try {
      const openFiles = readdirSync(`/proc/${pid}/fd`).length;
      const life = `${name} ${pid}`;
      const sample = { atMs, residentMb: residentMb(pid), openFiles };
      lives.set(life, [...(lives.get(life) ?? []), sample]);
    } catch {
      // It was killed in this moment.
    }
  }

  /** Samples of each life without its first minute. */
  const warm = () =>
    [...lives].map(([life, samples]) => ({
      life,
      samples: samples.filter(({ atMs }) => atMs - (samples[0]?.atMs ?? 0) >= WARM_UP_MS),
    }));

  return {
    sample: (atMs) => {
      for (const { device, dataDir, pid } of agents) {
        look(device, pid(), atMs);
        const log = `${databasePath(dataDir)}-wal`;
        if (existsSync(log)) mostLogMiB = Math.max(mostLogMiB, statSync(log).size / 2 ** 20);
      }
      look('cloud', cloud.pid(), atMs);
    },
    steepest: () => {
      const long = warm().filter(
        ({ samples }) => (samples.at(-1)?.atMs ?? 0) - (samples[0]?.atMs ?? 0) >= LONG_LIFE_MS,
      );
      const slopes = long.map(({ life, samples }) => ({ life, mbPerHour: slopeMbPerHour(samples) }));
      return slopes.toSorted((a, b) => b.mbPerHour - a.mbPerHour)[0] ?? null;
    },
    mostResidentMb: () => Math.max(0, ...[...lives.values()].flat().map((sample) => sample.residentMb)),
    mostFilesGrown: () =>
      Math.max(
        0,
        ...warm().map(({ samples }) => (samples.at(-1)?.openFiles ?? 0) - (samples[0]?.openFiles ?? 0)),
      ),
    mostLogMiB: () => mostLogMiB,
  };
}

/** Least squares. */
function slopeMbPerHour(samples: readonly Sample[]): number {
  const meanOf = (figureOf: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + figureOf(sample), 0) / samples.length;
  const meanHours = meanOf(({ atMs }) => atMs / 3_600_000);
  const meanMb = meanOf((sample) => sample.residentMb);
  let above = 0;
  let below = 0;
  for (const sample of samples) {
    const hours = sample.atMs / 3_600_000 - meanHours;
    above += hours * (sample.residentMb - meanMb);
    below += hours * hours;
  }
  return above / below;
}
