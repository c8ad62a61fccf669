import { readFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@weighgate/protocol';
import { z } from 'zod';
import { apiClient } from '../demo/api-client.ts';
import { logDirOf, READY_TIMEOUT_MS, scriptOf, writeConfig } from '../demo/plant-files.ts';
import { startProgram } from '../program.ts';
import { serveWeighbridgeOverTcp } from '../weighbridge-tcp.ts';
import { startLiveScales } from './live-scales.ts';
import { residentMb } from './resident-mb.ts';

const IDLE_MS = 4000;
const READING_MS = 12_000;
const SAMPLE_MS = 500;
/** Nobody listens there, so that the scale is never up. */
const NOBODY = { kind: 'tcp', host: '127.0.0.1', port: 1 };

/** The most memory the agent program had resident, in MB of 10^6 bytes. */
export interface AgentMemory {
  idleMb: number;
  eightScalesMb: number;
}

/** Runs the agent as its users run it, first with one scale that does not answer, then with eight that send at 20 Hz. */
export async function measureMemory(clock: Clock): Promise<AgentMemory> {
  const idle = [{ id: 'deck-1', line: NOBODY, indicator: { model: 'mt-continuous' } }];
  const idleMb = await agentMb(idle, IDLE_MS, 'down', clock);

  await using undo = new AsyncDisposableStack();
  const { scales } = undo.use(await startLiveScales(clock));
  const configured: object[] = [];
  for (const { id, weighbridge, indicator } of scales) {
    const { port } = undo.use(await serveWeighbridgeOverTcp(weighbridge, { host: '127.0.0.1', port: 0 }));
    configured.push({ id, line: { kind: 'tcp', port }, indicator });
  }
  return { idleMb, eightScalesMb: await agentMb(configured, READING_MS, 'ok', clock) };
}

const readySchema = z.looseObject({ url: z.string() });
const healthSchema = z.looseObject({
  scales: z.array(
    z.looseObject({ scale: z.string(), lineState: z.string(), line: z.looseObject({ lineUp: z.boolean() }) }),
  ),
});

async function agentMb(
  scales: readonly object[],
  durationMs: number,
  expected: 'ok' | 'down',
  clock: Clock,
): Promise<number> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-bench-'));
  const dataDir = join(folder.path, 'edge');
  const site = { site: 'BENCH', device: 'bench-1', dataDir, scales, http: { port: 0 } };
  const config = writeConfig(join(folder.path, 'edge.yaml'), site);
  await using program = await startProgram(
    {
      name: 'edge-agent',
      args: [scriptOf('edge-agent'), 'run', '--config', config, '--stop-with-stdin'],
      readyMessage: 'agent.ready',
      logDir: logDirOf(folder.path),
      readyTimeoutMs: READY_TIMEOUT_MS,
    },
    clock,
  );
  let mostMb = residentMb(program.pid);
  const endMs = clock.monotonicMs() + durationMs;
  while (clock.monotonicMs() < endMs) {
    await clock.sleep(SAMPLE_MS);
    mostMb = Math.max(mostMb, residentMb(program.pid));
  }
  const key = readFileSync(join(dataDir, 'api-key'), 'utf8').trim();
  const api = apiClient(readySchema.parse(program.ready).url, key);
  const health = await api.need(healthSchema, { path: '/api/weight/health' });
  for (const { scale, lineState, line } of health.scales) {
    if (line.lineUp !== (expected === 'ok') || (expected === 'ok' && lineState !== 'ok'))
      throw new Error(`the line of ${scale} was ${lineState} at the end, and should have been ${expected}`);
  }
  return mostMb;
}
