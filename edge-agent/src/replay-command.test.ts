import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { evidenceRunsOf, idMaker, isoInstant, type RegisteredWeight } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { virtualClock } from './line/virtual-clock.ts';
import { openTestStore, storeFolder } from './store/store-folder.ts';

const clock = virtualClock();
const makeId = idMaker(clock);

/** A Mettler-Toledo frame made from the manual. */
function frameOf(kg: number, moving: boolean): string {
  const status = moving ? 0x38 : 0x30;
  const body = [0x02, 0x2a, status, 0x20, ...Buffer.from(`${String(kg).padStart(6)}     0`), 0x0d];
  const check = -body.reduce((sum, byte) => sum + byte, 0) & 0x7f;
  return Buffer.from([...body, check]).toString('hex');
}

function weightOf(): RegisteredWeight {
  const rolling = [0, 4_000, 9_500, 15_400, 15_120, 14_980].map((kg) => frameOf(kg, true));
  const still = Array.from({ length: 10 }, () => frameOf(15_000, false));
  const frames = [...rolling, ...still];
  return {
    weightId: makeId(),
    scaleId: 'north',
    grossG: 15_000_000,
    indication: { value: '15000', unit: 'kg', increment: 1 },
    stability: 'indicator',
    indicator: { model: 'mt-continuous', options: {} },
    registeredAt: isoInstant(clock.now()),
    frames: evidenceRunsOf(frames.map((hex, index) => ({ agoMs: (frames.length - 1 - index) * 50, hex }))),
  };
}

function configIn(folder: string): void {
  const scale = '{ id: north, line: { kind: tcp, port: 1 }, indicator: { model: mt-continuous } }';
  writeFileSync(join(folder, 'edge.yaml'), `site: DEMO\ndevice: gate-1\ndataDir: .\nscales: [${scale}]\n`);
}

function edge(folder: string, ...args: string[]) {
  const config = ['--config', join(folder, 'edge.yaml')];
  return spawnSync(process.execPath, [join(import.meta.dirname, 'cli.ts'), ...args, ...config], {
    cwd: folder,
    encoding: 'utf8',
  });
}

test('the frames of a weighing are read once more, frame by frame, and drawn', { timeout: 20_000 }, () => {
  using folder = storeFolder();
  const sessionId = makeId();
  configIn(folder.dataDir);
  {
    using store = openTestStore(folder.dataDir);
    const facts = { sessionId, truck: 'A-1', produce: null, containers: [], weight: weightOf() };
    store.weighings.recordIn(facts, null);
  }
  const { status, stdout, stderr } = edge(folder.dataDir, 'replay', sessionId);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout).toMatch(/15000 kg registered at/);
  expect(stdout).toMatch(/-600 +15400 kg +moving/);
  expect(stdout.match(/15000 kg +stable/g)).toHaveLength(10);
  const svg = readFileSync(join(folder.dataDir, `${sessionId}.svg`), 'utf8');
  expect(svg.match(/<circle/g)).toHaveLength(16);
  expect(edge(folder.dataDir, 'replay', makeId())).toMatchObject({ status: 1 });
  expect(edge(folder.dataDir, 'replay')).toMatchObject({ status: 2 });
});

test('key, backup, restore and acknowledge-seal work from the command line', { timeout: 30_000 }, () => {
  using folder = storeFolder();
  configIn(folder.dataDir);
  {
    using store = openTestStore(folder.dataDir);
    store.containerTares.setTare('C-1', 1);
  }
  const publicKey = edge(folder.dataDir, 'key').stdout.trim();
  expect(publicKey).toMatch(/^[\w-]{43}$/);
  expect(edge(folder.dataDir, 'verify', '--public-key', publicKey)).toMatchObject({ status: 0 });
  expect(edge(folder.dataDir, 'backup', 'kept.db').stdout).toMatch(/kept\.db: 1 entries, .*checked/);
  expect(existsSync(join(folder.dataDir, 'kept.db'))).toBe(true);
  expect(edge(folder.dataDir, 'restore', 'kept.db').stdout).toMatch(/restored 1 entries as a new life/);
  expect(edge(folder.dataDir, 'verify').stdout).toMatch(/intact: 1 entries/);
  expect(edge(folder.dataDir, 'restore', 'none.db')).toMatchObject({ status: 3 });
  expect(edge(folder.dataDir, 'acknowledge-seal')).toMatchObject({ status: 2 });
  const acknowledged = edge(folder.dataDir, 'acknowledge-seal', '--by', 'R. Levi', '--reason', 'test');
  expect(acknowledged.stdout).toBe('the seal is not broken\n');
});
