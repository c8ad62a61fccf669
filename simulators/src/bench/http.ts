import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { applyEntries } from '@weighgate/cloud-api/src/apply-entry.ts';
import { ingestBatch } from '@weighgate/cloud-api/src/inbox/ingest.ts';
import { TestChain, visitEntries } from '@weighgate/cloud-api/src/inbox/test-chain.ts';
import { idMaker, systemClock } from '@weighgate/protocol';
import { pino } from 'pino';
import { z } from 'zod';
import { READY_TIMEOUT_MS } from '../demo/plant-files.ts';
import { startProgram } from '../program.ts';
import { cpuTimeMsOf } from './cpu-time.ts';
import { type LoadResult, loadHttp } from './http-load.ts';
import { type MeasuredCloud, startMeasuredCloud } from './measured-cloud.ts';
import { type BenchResult, medianOf } from './result.ts';

const CLIENTS = 32;
const ROUNDS = 3;
const SESSIONS = 200;
const GOAL = 0.5;
const PASSWORD = 'blue horses walk late';
const parts = { clock: systemClock, makeId: idMaker(systemClock), log: pino({ level: 'silent' }) };
const tokenSchema = z.looseObject({ passwordToken: z.looseObject({ token: z.string() }) });
const signedInSchema = z.looseObject({ accessToken: z.string() });
const portSchema = z.looseObject({ port: z.number() });

/**
 * A signed-in user's GET of a session and POST of a provider over 32 connections, against a bare Hono that answers with the
 * same bytes from memory, and against the session's route itself without the edge and the gate in front of it. All three
 * are programs of their own, loaded in turns by the same clients.
 * @param args `--ms 3000`: how long each is loaded in a round
 */
export async function benchHttp(args: readonly string[]): Promise<BenchResult[]> {
  const { values } = parseArgs({ args: [...args], options: { ms: { type: 'string', default: '3000' } } });
  const forMs = Number(values.ms);
  await using measured = await startMeasuredCloud('http');
  const ids = await fillSessions(measured);
  const cloud = await measured.serve();
  const { port } = portSchema.parse(cloud.ready);
  const cloudUrl = `http://127.0.0.1:${port}`;
  const token = await signIn(
    cloudUrl,
    readFileSync(join(measured.path, 'cloud', 'admin-key'), 'utf8').trim(),
  );
  const payload = await (
    await fetch(`${cloudUrl}/api/weight/session/${ids[0]}`, { headers: { authorization: `Bearer ${token}` } })
  ).text();
  await using bare = await startProgram(
    {
      name: 'bare-server',
      args: [fileURLToPath(new URL('./bare-server.ts', import.meta.url)), payload, measured.databaseUrl],
      readyMessage: 'bare.ready',
      logDir: join(measured.path, 'logs'),
      readyTimeoutMs: READY_TIMEOUT_MS,
    },
    systemClock,
  );
  const { port: barePort } = portSchema.parse(bare.ready);

  const idOf = (number: number) => ids[number % ids.length] ?? '';
  const providerOf = (round: number) => (number: number) =>
    JSON.stringify({ name: `Orchard ${round} ${number}` });
  const rounds: Record<'get' | 'bareGet' | 'openGet' | 'post' | 'barePost', Loaded[]> = {
    get: [],
    bareGet: [],
    openGet: [],
    post: [],
    barePost: [],
  };
  const get = { clients: CLIENTS, forMs, status: 200 };
  const post = { clients: CLIENTS, forMs, status: 201 };
  // The first round warms everything up and is not counted.
  for (let round = 0; round <= ROUNDS; round += 1) {
    const took = {
      get: await loaded(cloud.pid, port, get, (n) =>
        requestText('GET', `/api/weight/session/${idOf(n)}`, token),
      ),
      bareGet: await loaded(bare.pid, barePort, get, () => requestText('GET', '/payload', token)),
      openGet: await loaded(bare.pid, barePort, get, (n) => requestText('GET', `/session/${idOf(n)}`, token)),
      post: await loaded(cloud.pid, port, post, (n) =>
        requestText('POST', '/api/billing/providers', token, providerOf(round)(n)),
      ),
      barePost: await loaded(bare.pid, barePort, post, (n) =>
        requestText('POST', '/payload', token, providerOf(round)(n)),
      ),
    };
    if (round === 0) continue;
    for (const [name, list] of Object.entries(rounds)) list.push(took[name as keyof typeof took]);
  }
  const tell = (name: keyof typeof rounds, what: string) =>
    `${what}: ${Math.round(rateOf(rounds[name]))}/s, p99 ${medianOf(rounds[name].map(({ p99Ms }) => p99Ms)).toFixed(1)} ms, ${Math.round(cpuOf(rounds[name]))} µs of processor each`;
  const [getRate, bareRate] = [rateOf(rounds.get), rateOf(rounds.bareGet)];
  const details = [
    tell('get', 'GET of a session by a signed-in user'),
    tell('openGet', 'the same route and the same database without the edge and the gate'),
    tell('bareGet', 'a bare Hono with the same bytes from memory'),
    tell('post', 'POST of a provider by a signed-in user'),
    tell('barePost', 'a bare Hono that reads the same body and sends it back'),
    `the guarded GET has ${(getRate / rateOf(rounds.openGet)).toFixed(2)} of the rate of the unguarded one`,
    `a guarded GET takes ${(cpuOf(rounds.get) / cpuOf(rounds.openGet)).toFixed(2)} of the processor of an unguarded one, and ${(cpuOf(rounds.get) / cpuOf(rounds.bareGet)).toFixed(2)} of a bare one`,
    `the POST has ${(rateOf(rounds.post) / rateOf(rounds.barePost)).toFixed(2)} of the rate of the bare one; it commits`,
  ];
  return [{ name: 'http-get', value: getRate / bareRate, goal: GOAL, details }];
}

interface Loaded extends LoadResult {
  /** Time on the processor that the server takes for a request; what else the machine does is not in it. */
  cpuUs: number;
}

async function loaded(pid: number, ...load: Parameters<typeof loadHttp>): Promise<Loaded> {
  const [beforeMs, startedMs] = [cpuTimeMsOf(pid), performance.now()];
  const result = await loadHttp(...load);
  const requests = (result.perSecond * (performance.now() - startedMs)) / 1000;
  return { ...result, cpuUs: ((cpuTimeMsOf(pid) - beforeMs) * 1000) / requests };
}

const rateOf = (results: readonly LoadResult[]) => medianOf(results.map(({ perSecond }) => perSecond));
const cpuOf = (results: readonly Loaded[]) => medianOf(results.map(({ cpuUs }) => cpuUs));

function requestText(method: string, path: string, token: string, body = ''): string {
  const ofBody =
    body === '' ? '' : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
  return `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\n${ofBody}\r\n${body}`;
}

/** Sessions as a device's journal brings them. @returns their ids */
async function fillSessions({ database }: MeasuredCloud): Promise<string[]> {
  const chain = new TestChain();
  const ids = Array.from({ length: SESSIONS }, (_, index) => {
    const visit = { truck: `T-${index}`, produce: 'orange', inKg: 15_000, outKg: 8_000 };
    const { sessionId, opened, closed } = visitEntries({
      ...visit,
      weighedOutAt: '2026-06-10T08:00:00.000Z',
    });
    chain.add(opened);
    chain.add(closed);
    return sessionId;
  });
  const { db } = database;
  for (let from = 1; from < chain.rows.length; from += 50) {
    await ingestBatch(chain.batch(from, Math.min(from + 49, chain.rows.length)), {
      ...parts,
      db,
      apply: (trx, entries) => applyEntries(trx, entries, parts),
    });
  }
  return ids;
}

/** A billing user, signed in. @returns the access token */
async function signIn(url: string, apiKey: string): Promise<string> {
  const post = async (path: string, body: object) => {
    const answer = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path} was answered ${answer.status}: ${await answer.text()}`);
    return answer.json() as Promise<unknown>;
  };
  const added = await post('/api/auth/users', { name: 'bench', role: 'billing' });
  const { token } = tokenSchema.parse(added).passwordToken;
  await post('/api/auth/reset', { token, password: PASSWORD });
  return signedInSchema.parse(await post('/api/auth/login', { username: 'bench', password: PASSWORD }))
    .accessToken;
}
