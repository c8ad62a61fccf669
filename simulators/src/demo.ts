import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { idMaker, systemClock } from '@weighgate/protocol';
import { ApiError } from './demo/api-client.ts';
import { PlantPortError } from './demo/check-ports.ts';
import { PlantDirError } from './demo/claim-plant-dir.ts';
import { type DemoOptions, demoUsage, readDemoOptions } from './demo/demo-options.ts';
import { type Plant, startPlant } from './demo/plant.ts';
import { registerSite } from './demo/register-site.ts';
import { runOnce } from './demo/run-once.ts';
import { runPlant } from './demo/run-plant.ts';
import type { Say } from './demo/say.ts';
import { ProgramError } from './program.ts';
import { PtyPairError } from './pty-pair.ts';
import { siteOf } from './site.ts';
import { WeighbridgeSerialError } from './weighbridge-serial.ts';
import { WeighbridgeTcpError } from './weighbridge-tcp.ts';

const defaultDataDir = join(fileURLToPath(new URL('../../', import.meta.url)), '.weighgate');

/** What our programs end with when a port or a folder is taken. */
const UNAVAILABLE = 3;

async function main(args: readonly string[]): Promise<number> {
  const read = readDemoOptions(args, defaultDataDir);
  if (read.kind === 'help') {
    process.stdout.write(demoUsage);
    return 0;
  }
  if (read.kind === 'wrong') {
    process.stderr.write(`${read.message}\n\n${demoUsage}`);
    return 2;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  // The launcher is gone, however it went: nobody could stop us any more.
  process.on('disconnect', () => stop.abort());
  process.channel?.unref();
  // Nobody reads any more, as in `npm start | head`.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => stop.abort());
  // With --json standard output carries nothing but the outcome.
  const say: Say = (line) => void (read.options.json ? process.stderr : process.stdout).write(`${line}\n`);
  try {
    return await runDemo(read.options, say, stop.signal);
  } catch (error) {
    if (stop.signal.aborted) return 0;
    const words = explain(error);
    if (words === undefined) throw error;
    process.stderr.write(`${words}\n`);
    return UNAVAILABLE;
  }
}

async function runDemo(options: DemoOptions, say: Say, signal: AbortSignal): Promise<number> {
  const makeId = idMaker(systemClock);
  const site = siteOf(options.seed);
  await using plant = await startPlant(options, systemClock, signal);
  sayWhereThingsAre(plant, options, say);
  const work = async (): Promise<number> => {
    await registerSite(site, plant.cloud, plant.edge);
    if (!options.once) {
      await runPlant(plant, site, options, { clock: systemClock, makeId, say, signal });
      return 0;
    }
    const { outcome, failures } = await runOnce(plant, site, options, { clock: systemClock, makeId, say });
    if (options.json) process.stdout.write(`${JSON.stringify(outcome)}\n`);
    return failures.length === 0 ? 0 : 1;
  };
  const ended = Promise.race(
    plant.programs.map(async ({ name, ended }) => {
      const { code, signal, lastWords } = await ended;
      throw new ProgramError(`${name} ended by itself (${signal ?? `code ${code}`}). ${lastWords}`, code);
    }),
  );
  const stopped = new Promise<number>((resolve) =>
    signal.addEventListener('abort', () => resolve(0), { once: true }),
  );
  const working = work();
  // When the plant stops, requests under way fail; that is how the work ends and no news.
  working.catch(() => undefined);
  const code = await Promise.race([working, ended, stopped]);
  say(signal.aborted ? 'Stopping ...' : 'Done.');
  return code;
}

function sayWhereThingsAre({ urls, keys }: Plant, { dataDir, once }: DemoOptions, say: Say): void {
  say('Weighgate is running.');
  say(`  cloud API    ${urls.cloud}/docs`);
  say(`               Authorization: Bearer ${keys.cloud}`);
  say(`  weight API   ${urls.edge}/api/weight/health`);
  say(`               Authorization: Bearer ${keys.edge}`);
  say(`  broker       ${urls.mqtt}`);
  say(`  indicator    ${urls.indicator}`);
  say(`  kept in      ${dataDir}`);
  if (!once) say('  stop with    Ctrl-C');
  say('');
}

/** What went wrong, when it is something a person can mend; undefined for a mistake of ours. */
function explain(error: unknown): string | undefined {
  if (error instanceof WeighbridgeTcpError) return `${error.message} Choose another with --scale-port.`;
  if (error instanceof ProgramError && error.exitCode === UNAVAILABLE)
    return `${error.message}\nPorts are chosen with --cloud-port, --edge-port, --mqtt-port, --enrol-port and --scale-port.`;
  const inWords = [
    ProgramError,
    PlantPortError,
    PlantDirError,
    PtyPairError,
    WeighbridgeSerialError,
    ApiError,
  ];
  return inWords.some((kind) => error instanceof kind) ? (error as Error).message : undefined;
}

process.exitCode = await main(process.argv.slice(2));
