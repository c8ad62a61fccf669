import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAgent } from '@weighgate/edge-agent/src/agent.ts';
import { parseConfig } from '@weighgate/edge-agent/src/config.ts';
import { mockSerialLine } from '@weighgate/edge-agent/src/line/serial-line.ts';
import { idMaker, systemClock } from '@weighgate/protocol';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { apiClient } from '../src/demo/api-client.ts';
import { visitInOf, visitOutOf, weighTruck } from '../src/demo/deliver.ts';
import { edgeClient } from '../src/demo/edge-client.ts';
import type { Outcome } from '../src/demo/outcome.ts';
import { seededRandom } from '../src/random.ts';
import { testRequiring } from '../src/required-component.ts';
import { siteOf } from '../src/site.ts';
import { startWeighbridge } from '../src/weighbridge.ts';
import { serveWeighbridgeOverSerialMock } from '../src/weighbridge-serial-mock.ts';
import { expectHandCount, expectShown, firstDeliveryOf, taresKg } from './hand-count.ts';
import { kindsIn } from './journal-kinds.ts';
import { npmStart } from './npm-start.ts';

const SPEED = 20;
const clock = systemClock;
const makeId = idMaker(clock);
const site = siteOf(1);
const delivery = firstDeliveryOf(site, 1);

testRequiring('socat')(
  'npm start -- --serial --once --json: a truck becomes a bill over a real serial line',
  async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-serial-'));
    await using run = npmStart({ dataDir: folder.path, args: ['--serial', '--once', '--json'] });
    expect(await run.ended).toEqual({ code: 0, signal: null });
    // Standard output is the outcome and nothing else; a person reads standard error.
    expect(run.lines).toHaveLength(1);
    expect(run.errorLines).toContainEqual(expect.stringMatching(/indicator +serial .*serial\/agent$/));
    const outcome = JSON.parse(run.lines[0] ?? '') as Outcome;
    expect(Object.keys(outcome)).toEqual(['session', 'journal', 'cloud', 'bill', 'verified']);
    expect(outcome.verified).toBe(true);
    expect(outcome.cloud.acknowledgedSeq).toBe(outcome.journal.entries);
    expectHandCount(outcome, delivery, site);
  },
);

test('npm start -- --serial without socat says so in words and does not start', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-serial-'));
  const env = { ...process.env, PATH: folder.path };
  await using run = npmStart({ dataDir: folder.path, args: ['--serial'], env });
  expect(await run.ended).toEqual({ code: 3, signal: null });
  expect(run.lines).toEqual([]);
  expect(run.errorLines).toEqual([expect.stringMatching(/needs socat.*not installed.*over TCP/)]);
});

test('the agent weighs a truck in and out over the mock serial port', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-serial-'));
  await using weighbridge = startWeighbridge({ clock, random: seededRandom(7), speed: SPEED });
  const path = '/dev/ttySCALE';
  await using _ = serveWeighbridgeOverSerialMock(weighbridge, path);
  const config = parseConfig(
    'edge.yaml',
    JSON.stringify({
      site: 'MOCK',
      device: 'mock-1',
      dataDir: folder.path,
      scales: [
        { id: 'deck-1', line: { kind: 'serial', path }, indicator: { model: 'mt-continuous' }, holdMs: 400 },
      ],
      http: { port: 0 },
    }),
  );
  await using agent = await startAgent(config, {
    clock,
    random: seededRandom(8).next,
    log: pino({ level: 'silent' }),
    bootId: 'journey',
    processId: process.pid,
    appVersion: '0.0.0',
    openLine: (line) => {
      if (line.kind !== 'serial') throw new Error('the agent is configured for a serial line');
      return mockSerialLine(line);
    },
  });
  const edge = edgeClient(apiClient(agent.url, agent.apiKey), clock);
  const containers = site.containers.filter(({ id }) => delivery.containers.includes(id));
  for (const { id, tareKg } of containers) await edge.setTare(id, tareKg);

  const parts = { weighbridge, edge, clock, makeId };
  const first = await weighTruck(visitInOf(delivery), parts, SPEED);
  const second = await weighTruck(visitOutOf(delivery), parts, SPEED);
  expectShown(first.grossKg, delivery.massInKg);
  expectShown(second.grossKg, delivery.massOutKg);
  const unloadedKg = delivery.containersLeft ? taresKg(site, delivery.containers) : 0;
  expect(second.netKg).toBe(first.grossKg - second.grossKg - unloadedKg);
  expect(kindsIn(folder.path)).toMatchObject({
    'container_tare.set': containers.length,
    'session.opened': 1,
    'session.closed': 1,
  });
});
