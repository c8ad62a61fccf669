import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@weighgate/protocol';
import { z } from 'zod';
import { type ApiClient, apiClient } from '../demo/api-client.ts';
import { scriptOf, writeConfig } from '../demo/plant-files.ts';
import { type Program, startProgram } from '../program.ts';
import type { ScriptedDeck } from './scripted-deck.ts';

/** Site and device of everything that is proved. */
export const SITE = 'PROOF';
export const DEVICE = 'proof-1';

/** The agent as a program of its own, on a deck that does as it is told. */
export interface ProvedAgent extends AsyncDisposable {
  program: Program;
  api: ApiClient;
  /** Weighs one truck in on an empty deck. @returns the number of its ticket @throws ApiError */
  weigh(truck: string): Promise<string>;
  /** One try, for where a refusal is what is looked for. @returns the ticket's number or the code of the refusal */
  tryToWeigh(truck: string, idempotencyKey?: string): Promise<{ ticketNo: string } | { code: string }>;
  /** Lets the deck show so much and waits until the agent sees it stand still; 0 is an empty deck. */
  settle(kg: number): Promise<void>;
}

export interface ProvedAgentSettings {
  /** The folder of its data; its configuration and its logs stand beside it. */
  dataDir: string;
  deck: ScriptedDeck;
  /** What node is told before the script. */
  nodeArgs?: readonly string[];
  /** The program that runs node, with its arguments. */
  under?: readonly string[];
  /** More keys of its configuration. */
  config?: Readonly<Record<string, unknown>>;
}

const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 15;
const PATIENCE_MS = 20_000;
const answerSchema = z.looseObject({ ticketNo: z.string() });
const healthSchema = z.looseObject({
  scales: z.array(z.looseObject({ deck: z.string(), grossKg: z.number().nullable() })),
});
const readySchema = z.looseObject({ url: z.string() });

/** A folder for one proof, gone when disposed of. */
export function proofFolder(name: string, under = tmpdir()): { path: string } & Disposable {
  const path = mkdtempSync(join(under, `weighgate-${name}-`));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** @throws ProgramError */
export async function startProvedAgent(
  { dataDir, deck, nodeArgs = [], under = [], config = {} }: ProvedAgentSettings,
  clock: Clock,
): Promise<ProvedAgent> {
  const logDir = join(dataDir, '..', 'logs');
  mkdirSync(logDir, { recursive: true });
  const configFile = writeConfig(join(dataDir, '..', 'edge.yaml'), {
    site: SITE,
    device: DEVICE,
    dataDir,
    scales: [
      {
        id: 'deck-1',
        line: { kind: 'tcp', port: deck.port },
        indicator: { model: 'mt-continuous' },
        holdMs: 400,
      },
    ],
    http: { port: 0 },
    storage: { refuseBelowMiB: 1, ballastMiB: 0 },
    ...config,
  });
  const program = await startProgram(
    {
      name: 'edge-agent',
      under,
      args: [...nodeArgs, scriptOf('edge-agent'), 'run', '--config', configFile, '--stop-with-stdin'],
      readyMessage: 'agent.ready',
      logDir,
      readyTimeoutMs: READY_TIMEOUT_MS,
    },
    clock,
  );
  const { url } = readySchema.parse(program.ready);
  const api = apiClient(url, readFileSync(join(dataDir, 'api-key'), 'utf8').trim());

  async function tryToWeigh(truck: string, idempotencyKey?: string) {
    const answer = await api.call(answerSchema, {
      method: 'POST',
      path: '/api/weight/weight',
      body: { direction: 'in', truck, containers: [] },
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    });
    return answer.kind === 'ok' ? { ticketNo: answer.body.ticketNo } : { code: answer.code };
  }

  async function weigh(truck: string): Promise<string> {
    const deadlineMs = clock.monotonicMs() + PATIENCE_MS;
    deck.show(0);
    let loaded = false;
    for (;;) {
      const answer = await tryToWeigh(truck);
      if ('ticketNo' in answer) return answer.ticketNo;
      // An empty deck says so before it takes the next truck.
      if (!loaded && answer.code === 'below-threshold') {
        loaded = true;
        deck.show(20_000 + 20 * (truck.length + (Number(truck.replace(/\D/g, '')) % 500)));
      }
      if (clock.monotonicMs() > deadlineMs) throw new Error(`${truck} could not be weighed: ${answer.code}`);
      await clock.sleep(POLL_MS);
    }
  }

  async function settle(kg: number): Promise<void> {
    const deadlineMs = clock.monotonicMs() + PATIENCE_MS;
    deck.show(kg);
    for (;;) {
      const { scales } = await api.need(healthSchema, { path: '/api/weight/health' });
      if (scales[0]?.grossKg === kg && scales[0].deck === (kg === 0 ? 'empty' : 'settled')) return;
      if (clock.monotonicMs() > deadlineMs) throw new Error(`the deck never settled at ${kg} kg`);
      await clock.sleep(POLL_MS);
    }
  }

  return {
    program,
    api,
    weigh,
    tryToWeigh,
    settle,
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}
