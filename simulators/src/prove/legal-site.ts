import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabaseReadOnly } from '@weighgate/edge-agent/src/store/open-database.ts';
import { type Clock, type JournalEntry, readEntry } from '@weighgate/protocol';
import { z } from 'zod';
import { addKnownOperators, knownOperators } from './known-operators.ts';
import { type ProvedAgent, startProvedAgent } from './proved-agent.ts';
import type { ScriptedBeams } from './scripted-beams.ts';
import type { ScriptedIndicator } from './scripted-indicator.ts';

/** What the agent answered: its status, its text, and as an object when it is one. */
export interface Answered {
  status: number;
  text: string;
  json: Record<string, unknown>;
}

/** A weighbridge with the real agent, on which the rows of the checklist are tried one after another. */
export interface LegalSite extends AsyncDisposable {
  indicator: ScriptedIndicator;
  beams: ScriptedBeams;
  dataDir: string;
  /** Asks with the key of the agent, or with the token of who is signed in. */
  ask(method: string, path: string, body?: unknown, token?: string): Promise<Answered>;
  /** @returns the token of one of {@link knownOperators} */
  signIn(name: string): Promise<string>;
  /** Asks to weigh until it is recorded or refused for good. @returns the answer */
  weigh(body: object): Promise<Answered>;
  /** Empties the deck until a next truck may come, shows this load and weighs. */
  drive(kg: number, body: object): Promise<Answered>;
  /** Shows nothing until the deck is seen empty. */
  empty(): Promise<void>;
  pause(durationMs: number): Promise<void>;
  entries(): JournalEntry[];
  /** Ends the agent as a power cut would, changes something, and starts it again. */
  restart(change?: { scale?: object; site?: object; whileDown?: () => void }): Promise<void>;
}

const PATIENCE_MS = 5_000;
const readySchema = z.looseObject({ url: z.string() });
const objectSchema = z.record(z.string(), z.unknown());
/** Refusals that pass by waiting. */
const passing = [
  'not-stable',
  'no-reading',
  'below-threshold',
  'already-registered',
  'no-zero-since-last-truck',
];

export async function openLegalSite(
  { indicator, beams }: { indicator: ScriptedIndicator; beams: ScriptedBeams },
  folder: string,
  clock: Clock,
): Promise<LegalSite> {
  const dataDir = join(folder, 'data');
  const start = (scale: object, site: object = {}): Promise<ProvedAgent> =>
    startProvedAgent(
      {
        dataDir,
        deck: indicator,
        config: {
          scales: [
            {
              id: 'deck-1',
              line: { kind: 'tcp', port: indicator.port },
              indicator: { model: 'mt-continuous' },
              serialNo: '4711-22',
              shows: { unit: 'kg', interval: 20 },
              minKg: 800,
              holdMs: 1_000,
              positionSensors: [
                { name: 'entry beam', module: 'gate-io', input: 0, debounceMs: 200 },
                { name: 'exit beam', module: 'gate-io', input: 1, debounceMs: 200 },
              ],
              ...scale,
            },
          ],
          inputModules: [
            { id: 'gate-io', kind: 'modbus', line: { kind: 'tcp', port: beams.port }, inputs: 2 },
          ],
          manualWeights: { allowed: true },
          ...site,
        },
      },
      clock,
    );
  await addKnownOperators(dataDir, clock);
  let agent = await start({});

  async function ask(method: string, path: string, body?: unknown, token?: string): Promise<Answered> {
    const key = token ?? readFileSync(join(dataDir, 'api-key'), 'utf8').trim();
    const { url } = readySchema.parse(agent.program.ready);
    const response = await fetch(`${url}/api/weight${path}`, {
      method,
      headers: { authorization: `Bearer ${key}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    const json = isJson ? objectSchema.safeParse(JSON.parse(text)) : null;
    return { status: response.status, text, json: json?.success === true ? json.data : {} };
  }

  async function weigh(body: object): Promise<Answered> {
    const deadlineMs = clock.monotonicMs() + PATIENCE_MS;
    for (;;) {
      const answer = await ask('POST', '/weight', body);
      const mayPass = passing.some((code) => String(answer.json.type).endsWith(code));
      if (!mayPass || clock.monotonicMs() > deadlineMs) return answer;
      await clock.sleep(25);
    }
  }

  async function empty(): Promise<void> {
    indicator.show(0);
    await clock.sleep(900);
  }

  return {
    indicator,
    beams,
    dataDir,
    ask,
    async signIn(name) {
      const pin = knownOperators.find((one) => one.name === name)?.pin;
      return String((await ask('POST', '/sign-in', { operator: name, pin })).json.token);
    },
    weigh,
    empty,
    pause: (durationMs) => clock.sleep(durationMs),
    async drive(kg, body) {
      await empty();
      indicator.show(kg);
      return weigh(body);
    },
    entries() {
      const database = openDatabaseReadOnly(dataDir);
      try {
        const texts = database
          .prepare<[], string>('SELECT entry_text FROM journal ORDER BY position')
          .pluck()
          .all();
        return texts.flatMap((text) => {
          const reading = readEntry(text);
          return reading.kind === 'known' ? [reading.entry] : [];
        });
      } finally {
        database.close();
      }
    },
    async restart({ scale = {}, site = {}, whileDown } = {}) {
      await agent.program.kill();
      whileDown?.();
      agent = await start(scale, site);
      await clock.sleep(900);
    },
    [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose](),
  };
}
