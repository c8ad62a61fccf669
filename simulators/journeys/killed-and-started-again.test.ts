import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { freePort } from '../src/free-port.ts';
import { type NpmStart, npmStart } from './npm-start.ts';
import { descendantsOf, isAlive, untilGone } from './process-tree.ts';

const edgeCli = join(import.meta.dirname, '../../edge-agent/src/cli.ts');

/** The tickets a plant has printed, in order. */
const ticketsOf = (run: NpmStart): number[] =>
  run.lines.flatMap((line) => /ticket DEMO-[0-9a-f]{4}-(\d{6})$/.exec(line)?.slice(1).map(Number) ?? []);
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

function demoOf(run: NpmStart): number {
  const [demo] = descendantsOf(run.pid);
  if (demo === undefined) throw new Error('the launcher has started nothing');
  return demo;
}

async function chosenPorts(): Promise<string[]> {
  const ports: string[] = [];
  for (const name of ['cloud', 'edge', 'mqtt', 'scale'])
    ports.push(`--${name}-port`, String(await freePort()));
  return ports;
}

const kills: { what: string; kill: (run: NpmStart) => void; postgresGoes: boolean }[] = [
  { what: 'its launcher', kill: (run) => process.kill(run.pid, 'SIGKILL'), postgresGoes: true },
  { what: 'the demo', kill: (run) => process.kill(demoOf(run), 'SIGKILL'), postgresGoes: true },
  // Nobody is left to stop the database server, which has a process group of its own: the next start does.
  { what: 'all its processes at once', kill: (run) => run.signalGroup('SIGKILL'), postgresGoes: false },
];

test.each(kills)(
  'npm start goes on where it was after kill -9 of $what: truck still inside, tickets without a gap',
  async ({ kill, postgresGoes }) => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-killed-'));
    const dataDir = folder.path;
    // The same ports again, as the usual ones are: what is left of the first run must have given them back.
    const ports = await chosenPorts();
    await using first = npmStart({ dataDir, ports, launched: true });
    await first.untilLine(/weighed in/);
    const left = first.processes();
    const postgres = Number(
      readFileSync(join(dataDir, 'cloud/postgres/postmaster.pid'), 'utf8').split('\n')[0],
    );
    expect(left).toContain(postgres);
    const truck = /^Truck (\S+) drives on/.exec(first.lines.find((line) => /^Truck/.test(line)) ?? '')?.[1];
    kill(first);

    await using second = npmStart({ dataDir, ports });
    await second.untilLine(/Weighgate is running/);
    await second.untilLine(new RegExp(`Truck ${truck} is still inside from last time`));
    await second.untilLine(new RegExp(`Truck ${truck} comes back empty`));
    await second.untilLine(/billed/);
    if (!postgresGoes) expect(isAlive(postgres)).toBe(false);
    expect(await untilGone(left, 5_000, systemClock)).toBe(true);

    // A weighing may have been committed in the moment of the kill; only then was its ticket never read here.
    const [before, after] = [ticketsOf(first), ticketsOf(second)];
    expect(before).toEqual(upTo(before.length));
    const [next = 0] = after;
    expect([before.length + 1, before.length + 2]).toContain(next);
    expect(after).toEqual(after.map((_, index) => next + index));

    process.kill(second.pid, 'SIGINT');
    expect(await second.ended).toEqual({ code: 0, signal: null });
    const verify = execFileSync(
      process.execPath,
      [edgeCli, 'verify', '--config', join(dataDir, 'edge.yaml')],
      {
        encoding: 'utf8',
      },
    );
    expect(verify).toMatch(/journal intact/);
    expect(second.errorLines).toEqual([]);
  },
);

test('a second start is up within 5 s, and a truck that came with another seed stays inside', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-seeds-'));
  const dataDir = folder.path;
  await using first = npmStart({ dataDir });
  await first.untilLine(/weighed in/);
  process.kill(first.pid, 'SIGINT');
  await first.ended;

  const startedMs = systemClock.monotonicMs();
  await using second = npmStart({ dataDir, args: ['--seed', '2'], launched: true });
  await second.untilLine(/Weighgate is running/);
  expect(systemClock.monotonicMs() - startedMs).toBeLessThan(5_000);
  await second.untilLine(/no truck of this plant/);
  await second.untilLine(/billed/);
  process.kill(second.pid, 'SIGINT');
  expect((await second.ended).code).toBe(0);
  expect(second.errorLines).toEqual([]);
});
