import { benchBill } from './bench/bill.ts';
import { benchCatchup } from './bench/catchup.ts';
import { benchCommit } from './bench/commit.ts';
import { benchFleet } from './bench/fleet.ts';
import { benchFootprint } from './bench/footprint.ts';
import { benchFrames } from './bench/frames.ts';
import { benchHttp } from './bench/http.ts';
import { benchLive } from './bench/live.ts';
import { benchNoisy } from './bench/noisy.ts';
import { benchQuery } from './bench/query.ts';
import { benchRestart } from './bench/restart.ts';
import { type Bench, type BenchResult, resultLine } from './bench/result.ts';

const benches: Readonly<Record<string, Bench>> = {
  frames: benchFrames,
  live: benchLive,
  commit: benchCommit,
  restart: benchRestart,
  footprint: benchFootprint,
  catchup: benchCatchup,
  fleet: benchFleet,
  noisy: benchNoisy,
  bill: benchBill,
  query: benchQuery,
  http: benchHttp,
};

const [name, ...args] = process.argv.slice(2);
const chosen = Object.entries(benches).filter(([known]) => name === undefined || name === known);
if (chosen.length === 0) {
  process.stderr.write(`There is no bench ${name}. Benches: ${Object.keys(benches).join(', ')}.\n`);
  process.exitCode = 2;
} else {
  const results: BenchResult[] = [];
  for (const [, bench] of chosen) results.push(...(await bench(args)));
  for (const { name, details } of results)
    process.stdout.write(details.map((detail) => `${name}: ${detail}\n`).join(''));
  for (const result of results) process.stdout.write(`${resultLine(result)}\n`);
  if (results.some(({ value, goal }) => value < goal)) process.exitCode = 1;
}
