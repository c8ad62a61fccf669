import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@weighgate/cloud-api/src/store/embedded-postgres.ts';
import { systemClock } from '@weighgate/protocol';
import { pino } from 'pino';
import { logDirOf, READY_TIMEOUT_MS, scriptOf, writeConfig } from '../demo/plant-files.ts';
import { freePort } from '../free-port.ts';
import { type Program, startProgram } from '../program.ts';
import { startTcpBalancer } from '../tcp-balancer.ts';
import { type Claim, outcomeOf } from './claims.ts';
import type { ProofOutcome } from './proof.ts';

const clock = systemClock;
const CLIENTS = 8;
const PAUSE_MS = 5;
const DRAIN_MS = 1_000;
const READY_WAIT_MS = 20_000;
const apiKey = 'proof-key-proof-key-proof-key';
const plenty = [{ requests: 1_000_000, seconds: 60 }];

/** Two replicas behind a balancer are restarted one after the other under load, and no request is lost. */
export async function proveDrain(): Promise<ProofOutcome> {
  await using undo = new AsyncDisposableStack();
  const { path: dir } = undo.use(await mkdtempDisposable(join(tmpdir(), 'weighgate-drain-')));
  const log = pino({ level: 'silent' });
  const postgres = undo.use(
    await startEmbeddedPostgres({ dataDir: join(dir, 'postgres'), port: 0, clock, log, randomBytes }),
  );
  const ports = [await freePort(), await freePort()];
  const start = (port: number) => startReplica(dir, port, postgres.url);
  const replicas = new Map<number, Program>();
  undo.defer(async () => {
    for (const replica of replicas.values()) await replica.stop();
  });
  for (const port of ports) replicas.set(port, await start(port));
  const balancer = undo.use(await startTcpBalancer(ports, clock));
  const becomes = async (port: number) => {
    const deadlineMs = clock.monotonicMs() + READY_WAIT_MS;
    while (!balancer.isReady(port) && clock.monotonicMs() < deadlineMs) await clock.sleep(20);
    return balancer.isReady(port);
  };
  for (const port of ports) await becomes(port);

  const load = startLoad(balancer.url);
  const ends: (number | null)[] = [];
  for (const port of ports) {
    await clock.sleep(500);
    ends.push((await replicas.get(port)?.stop())?.code ?? null);
    replicas.set(port, await start(port));
    await becomes(port);
  }
  await clock.sleep(500);
  const { answered, created, failures } = await load.stop();
  const listed = await countProduce(balancer.url);
  const claims: Claim[] = [
    [
      `both replicas ended by themselves, with code 0: ${ends.join(' and ')}`,
      ends.every((code) => code === 0),
    ],
    [`${answered} requests were answered during two restarts`, answered > 500],
    [
      `none was lost or refused: ${failures.length} ${failures.slice(0, 3).join('; ')}`,
      failures.length === 0,
    ],
    [`each of ${created} things created is there once: ${listed}`, listed === created],
    [
      'not tried: connections that were idle for longer than the drain, streams, a balancer that never asks',
      true,
    ],
  ];
  return outcomeOf('drain', claims);
}

function startReplica(dir: string, port: number, databaseUrl: string): Promise<Program> {
  const name = `cloud-${port}`;
  const config = writeConfig(join(dir, `${name}.yaml`), {
    dataDir: join(dir, name),
    http: { port, drainMs: DRAIN_MS },
    limits: { tiers: { readLight: plenty, key: plenty } },
    enrolment: { port: 0 },
    mqtt: { embedded: { port: 0 } },
    databaseUrl,
    apiKey,
  });
  // Stopped by SIGTERM alone, as an orchestrator does it: it is the one way to stop that takes leave first.
  const args = [scriptOf('cloud-api'), 'serve', '--config', config];
  const files = { logDir: logDirOf(dir), readyTimeoutMs: READY_TIMEOUT_MS };
  return startProgram({ name, args, readyMessage: 'cloud.ready', ...files }, clock);
}

interface Load {
  answered: number;
  created: number;
  failures: string[];
}

const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };

/** Clients that keep their connections, read and create in turns, and never try a request twice. */
function startLoad(url: string): { stop(): Promise<Load> } {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const load: Load = { answered: 0, created: 0, failures: [] };
  let isRunning = true;
  const ask = async (method: string, path: string, body?: string) => {
    const sent = request(`${url}${path}`, { agent, method, headers });
    sent.end(body);
    const [response] = await once(sent, 'response');
    response.resume();
    await once(response, 'end');
    return response.statusCode as number;
  };
  const client = async (number: number) => {
    for (let count = 0; isRunning; count += 1) {
      const isRead = count % 2 === 0;
      try {
        const status = isRead
          ? await ask('GET', '/api/billing/produce?limit=1')
          : await ask('POST', '/api/billing/produce', JSON.stringify({ id: `fruit ${number} ${count}` }));
        if (status === 201) load.created += 1;
        if (status === (isRead ? 200 : 201)) load.answered += 1;
        else load.failures.push(`status ${status}`);
      } catch (error) {
        load.failures.push((error as Error).message);
      }
      await clock.sleep(PAUSE_MS);
    }
  };
  const clients = Array.from({ length: CLIENTS }, (_, number) => client(number));
  return {
    stop: async () => {
      isRunning = false;
      await Promise.all(clients);
      agent.destroy();
      return load;
    },
  };
}

async function countProduce(url: string): Promise<number> {
  let count = 0;
  let cursor = '';
  do {
    const answer = await fetch(`${url}/api/billing/produce?limit=500${cursor}`, { headers });
    const page = (await answer.json()) as { items: unknown[]; nextCursor: string | null };
    count += page.items.length;
    cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
  } while (cursor !== '');
  return count;
}
