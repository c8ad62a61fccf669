import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '@weighgate/protocol';
import { resultLine } from './bench/result.ts';
import { pathOf } from './component-path.ts';
import { checkHistory } from './soak/check-history.ts';
import { finalStateSchema } from './soak/final-state.ts';
import { historyOf } from './soak/history.ts';
import { runSoak } from './soak/run-soak.ts';

const help = `npm run soak -- [options]

  --minutes 10        how long faults come
  --seed 1            the same seed is the same plan of faults
  --agents 4          weighbridges
  --scales 2          on each of them
  --every 5-30        seconds between two faults
  --folder DIR        where data, logs, history.jsonl and final.json are kept; a temporary folder when left out,
                      kept when a promise was broken
  --check DIR         checks what an earlier run left there, and runs nothing
`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    agents: { type: 'string', default: '4' },
    scales: { type: 'string', default: '2' },
    every: { type: 'string', default: '5-30' },
    folder: { type: 'string' },
    check: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
process.exitCode = await main();

/** @returns the exit code: 1 for a promise that was broken, 2 for what cannot be tried here */
async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  if (values.check !== undefined) return check(values.check);
  if (pathOf('mosquitto') === undefined) {
    process.stderr.write('soak cannot be run here: mosquitto is not installed\n');
    return 2;
  }
  const [min = 5, max = 30] = values.every.split('-').map((s) => Number(s) * 1000);
  const dir = values.folder ?? mkdtempSync(join(tmpdir(), 'weighgate-soak-'));
  const settings = {
    seed: Number(values.seed),
    durationMs: Number(values.minutes) * 60_000,
    agents: Number(values.agents),
    scales: Number(values.scales),
    everyMs: [min, max] as const,
    dir,
  };
  const { results, historyFile } = await runSoak(settings, systemClock, say);
  for (const { name, details } of results) for (const detail of details) say(`${name}: ${detail}`);
  const isKept = results.every(({ value, goal }) => value >= goal);
  if (isKept && values.folder === undefined) rmSync(dir, { recursive: true });
  else say(`history: ${historyFile}`);
  say(
    'not tried: steps of clocks, what the kernel of another machine does to packets (see edge-agent/docs/faults.md)',
  );
  for (const result of results) say(resultLine(result));
  return isKept ? 0 : 1;
}

function check(dir: string): number {
  const history = historyOf(readFileSync(join(dir, 'history.jsonl'), 'utf8'));
  const final = finalStateSchema.parse(JSON.parse(readFileSync(join(dir, 'final.json'), 'utf8')));
  const violations = checkHistory(history, final);
  for (const { rule, detail } of violations) say(`FAILS ${rule}: ${detail}`);
  say(resultLine({ name: 'soak_history', value: violations.length === 0 ? 1 : 0, goal: 1, details: [] }));
  return violations.length === 0 ? 0 : 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
