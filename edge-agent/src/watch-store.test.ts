import { rmSync } from 'node:fs';
import { systemClock } from '@weighgate/protocol';
import Database from 'better-sqlite3';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { type Agent, startAgent } from './agent.ts';
import { parseConfig } from './config.ts';
import { memoryLinePair } from './line/memory-line.ts';
import { databasePath } from './store/open-database.ts';
import { openTestStore, storeFolder } from './store/store-folder.ts';

function start(dataDir: string, more = ''): Promise<Agent> {
  const scale = '{ id: north, line: { kind: tcp, port: 1 }, indicator: { model: mt-continuous } }';
  const text = `site: DEMO\ndevice: gate-1\ndataDir: ${dataDir}\nscales: [${scale}]\nhttp: { port: 0 }\n${more}`;
  return startAgent(parseConfig('edge.yaml', text), {
    clock: systemClock,
    random: () => 0,
    log: pino({ level: 'silent' }),
    bootId: 'boot-1',
    processId: process.pid,
    appVersion: '0.1.0',
    openLine: () => async () => memoryLinePair().near,
  });
}

async function weigh({ url, apiKey }: Agent): Promise<unknown> {
  const response = await fetch(`${url}/api/weight/weight`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ direction: 'in', truck: 'A-1', containers: [] }),
  });
  const { type } = (await response.json()) as { type: unknown };
  return [response.status, type];
}

const healthOf = async ({ url }: Agent) => (await fetch(`${url}/api/weight/health`)).json();

function breakJournal(dataDir: string): void {
  {
    using store = openTestStore(dataDir, systemClock);
    for (const tareG of [1, 2, 3]) store.containerTares.setTare('C-1', tareG);
  }
  const raw = new Database(databasePath(dataDir));
  raw.exec('DROP TRIGGER journal_is_never_changed');
  raw.exec('UPDATE journal SET entry_text = replace(entry_text, \'"tareG":2\', \'"tareG":9\') WHERE seq = 2');
  raw.close();
}

test('a broken seal is seen from outside and nothing is weighed, until somebody has acknowledged it', async () => {
  using folder = storeFolder();
  breakJournal(folder.dataDir);
  {
    await using agent = await start(folder.dataDir);
    expect(await healthOf(agent)).toMatchObject({
      status: 'degraded',
      seal: { kind: 'broken', brokenAtSeq: 2 },
    });
    expect(await weigh(agent)).toEqual([409, '/problems/seal-broken']);
  }
  {
    using store = openTestStore(folder.dataDir, systemClock);
    store.seal.acknowledge('R. Levi', 'seen');
  }
  await using agent = await start(folder.dataDir);
  expect(await healthOf(agent)).toMatchObject({ seal: { kind: 'intact' } });
  expect(await weigh(agent)).not.toEqual([409, '/problems/seal-broken']);
});

test('where the site says so a broken seal is a warning, and weighing goes on', async () => {
  using folder = storeFolder();
  breakJournal(folder.dataDir);
  await using agent = await start(folder.dataDir, 'sealBroken: warn\n');
  expect(await healthOf(agent)).toMatchObject({ seal: { kind: 'broken' } });
  expect(await weigh(agent)).toEqual([409, '/problems/no-reading']);
});

test('with too little room no weighing is started', async () => {
  using folder = storeFolder();
  await using agent = await start(folder.dataDir, 'storage: { refuseBelowMiB: 1000000 }\n');
  expect(await healthOf(agent)).toMatchObject({ status: 'degraded', storage: 'low' });
  expect(await weigh(agent)).toEqual([409, '/problems/storage-low']);
});

test('a database deleted under the running agent ends it within ten seconds', {
  timeout: 20_000,
}, async () => {
  using folder = storeFolder();
  await using agent = await start(folder.dataDir);
  rmSync(databasePath(folder.dataDir));
  await expect(agent.failed).rejects.toMatchObject({ code: 'store_lost' });
});
