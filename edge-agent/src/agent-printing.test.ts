import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Agent, startAgent } from './agent.ts';
import { parseConfig } from './config.ts';
import { pinVerifier } from './kiosk-server/pin-verifier.ts';
import { LineError } from './line/line.ts';
import { secretFromFile } from './secret-file.ts';
import { openTestStore, storeFolder } from './store/store-folder.ts';

const answerSchema = z.looseObject({ type: z.string().optional(), ticketNo: z.string().optional() });

const people = {
  Dana: { role: 'supervisor', pin: '271828' },
  Noa: { role: 'weigher', pin: '907346' },
} as const;

/** Makes the people of a weighbridge whose agent does not run yet. */
async function addPeople(dataDir: string): Promise<void> {
  const verifier = pinVerifier(secretFromFile(join(dataDir, 'pin-pepper')));
  using store = openTestStore(dataDir, systemClock);
  for (const [name, { role, pin }] of Object.entries(people))
    store.operators.add({ name, role, verifier: await verifier.verifierOf(pin) });
}

/** An agent without an indicator: people give the weights. */
async function start(dataDir: string, printer: string): Promise<Agent> {
  await addPeople(dataDir);
  const config = parseConfig(
    'edge.yaml',
    `site: DEMO
device: gate-1
dataDir: ${dataDir}
scales: [{ id: north, line: { kind: tcp, port: 1 }, indicator: { model: mt-continuous } }]
http: { port: 0 }
manualWeights: { allowed: true }
printer: ${printer}
`,
  );
  return startAgent(config, {
    clock: systemClock,
    random: () => 0,
    log: pino({ level: 'silent' }),
    bootId: 'boot-1',
    processId: process.pid,
    appVersion: '0.1.0',
    openLine: () => async () => {
      throw new LineError('line_refused', 'there is no indicator');
    },
  });
}

async function weigh({ url }: Agent, truck: string) {
  const signIn = { operator: 'Dana', pin: people.Dana.pin };
  const signedIn = await fetch(`${url}/api/weight/sign-in`, { method: 'POST', body: JSON.stringify(signIn) });
  const { token } = z.looseObject({ token: z.string() }).parse(await signedIn.json());
  const given = { weight: 15_000, reason: 'indicator in repair', secondBy: 'Noa', secondPin: people.Noa.pin };
  const response = await fetch(`${url}/api/weight/weight`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'accept-language': 'he' },
    body: JSON.stringify({ direction: 'in', truck, ...given }),
  });
  return { status: response.status, ...answerSchema.parse(await response.json()) };
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 250; tries += 1) {
    if (await holds()) return;
    await systemClock.sleep(20);
  }
  throw new Error('it never held');
}

const printerOf = async ({ url }: Agent) =>
  z
    .looseObject({ printer: z.looseObject({ state: z.string() }) })
    .parse(await (await fetch(`${url}/api/weight/health`)).json()).printer.state;

test('the agent prints the ticket of a weighing', async () => {
  using folder = storeFolder();
  const tickets = join(folder.dataDir, 'tickets');
  await using agent = await start(folder.dataDir, `{ kind: folder, folder: ${tickets} }`);
  const { ticketNo } = await weigh(agent, '77-421-03');
  await until(() => agentHasPrinted(tickets));
  expect(readdirSync(tickets)).toEqual([`${ticketNo}.pdf`]);
}, 20_000);

function agentHasPrinted(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => name.endsWith('.pdf'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

test.each([
  ['store', 200],
  ['block', 409],
] as const)(
  'with a printer that is away and the policy to %s a weighing is answered %i',
  async (policy, status) => {
    using folder = storeFolder();
    const printer = `{ kind: escpos-tcp, host: 127.0.0.1, port: 1, whenPaperOut: ${policy} }`;
    await using agent = await start(folder.dataDir, printer);
    await until(async () => (await printerOf(agent)) === 'unreachable');
    const answer = await weigh(agent, '77-421-03');
    expect(answer.status).toBe(status);
    if (status === 409) expect(answer.type).toBe('/problems/printer-not-ready');
  },
  20_000,
);
