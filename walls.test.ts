import { describe, expect, test } from 'vitest';
import { wallOffences } from './walls.ts';

/** Offences of a tree given as path and text, one file a pair. */
function offencesOf(files: Record<string, string>): string[] {
  return wallOffences(Object.entries(files).map(([path, text]) => ({ path, text })));
}

const importOf = (specifier: string) => `import { x } from '${specifier}';\n`;

describe('a wall between packages', () => {
  test.each([
    ['protocol/src/mass.ts', '@weighgate/edge-agent/src/agent.ts', 'protocol imports no other package'],
    ['protocol/src/mass.ts', '../../cloud-api/src/app.ts', 'protocol imports no other package'],
    ['protocol/src/mass.ts', 'node:fs', 'protocol does no I/O'],
    ['protocol/src/mass.ts', 'fs/promises', 'protocol does no I/O'],
    ['protocol/src/mass.ts', 'node:net', 'protocol does no I/O'],
    ['edge-agent/src/agent.ts', '@weighgate/cloud-api/src/app.ts', 'edge-agent imports only protocol'],
    ['cloud-api/src/app.ts', '@weighgate/edge-agent', 'cloud-api imports only protocol'],
    ['cloud-api/src/app.test.ts', '@weighgate/edge-agent', 'cloud-api imports only protocol'],
    ['edge-agent/src/agent.ts', '../../protocol/src/mass.ts', 'another package is imported by its name'],
    ['edge-agent/src/agent.ts', '@weighgate/simulators/src/truck.ts', 'nothing imports the simulators'],
    ['edge-agent/src/agent.test.ts', '../../simulators/src/truck.ts', 'nothing imports the simulators'],
    ['deploy/check.ts', '../simulators/src/truck.ts', 'nothing imports the simulators'],
    ['edge-agent/kiosk/page.tsx', '@weighgate/cloud-api/src/app.ts', 'edge-agent imports only protocol'],
    ['edge-agent/kiosk/page.tsx', '../src/agent.ts', 'a page imports only types of its server'],
  ])('stops %s from importing %s', (path, specifier, reason) => {
    expect(offencesOf({ [path]: importOf(specifier) })).toEqual([
      `${path}:1 imports '${specifier}': ${reason}`,
    ]);
  });

  test.each([
    ['protocol/src/clock.ts', 'node:timers/promises'],
    ['protocol/src/hash-chain.ts', 'node:crypto'],
    ['protocol/src/mass.ts', 'zod'],
    ['protocol/src/golden.test.ts', 'node:fs'],
    ['protocol/src/golden.test.ts', '@weighgate/edge-agent/src/indicator/framer.ts'],
    ['edge-agent/src/agent.ts', '@weighgate/protocol'],
    ['edge-agent/src/line/tcp-line.ts', 'node:net'],
    ['cloud-api/src/app.ts', '@weighgate/protocol'],
    ['simulators/src/demo.ts', '@weighgate/edge-agent/src/agent.ts'],
    ['simulators/journeys/in-and-out.test.ts', '../src/demo.ts'],
    ['vitest.config.ts', './simulators/src/demo.ts'],
    ['edge-agent/kiosk/page.tsx', '@weighgate/protocol'],
  ])('lets %s import %s', (path, specifier) => {
    expect(offencesOf({ [path]: importOf(specifier) })).toEqual([]);
  });

  test('lets a page import the types of its server', () => {
    const page = "import type { AppType } from '../src/app.ts';";
    expect(offencesOf({ 'cloud-api/console/page.tsx': page })).toEqual([]);
  });
});

describe('a wall between rooms of the edge agent', () => {
  const rooms = ['line', 'indicator', 'weighing', 'store', 'sync', 'lane', 'kiosk-server'];
  const pairs = rooms.flatMap((from, at) => rooms.map((to, other) => ({ from, to, isOffence: other > at })));

  test.each(pairs)('$from imports $to: offence $isOffence', ({ from, to, isOffence }) => {
    const offences = offencesOf({ [`edge-agent/src/${from}/a.ts`]: importOf(`../${to}/b.ts`) });
    const reason = `${from} stands before ${to}, and a room imports only from rooms before it`;
    expect(offences).toEqual(
      isOffence ? [`edge-agent/src/${from}/a.ts:1 imports '../${to}/b.ts': ${reason}`] : [],
    );
  });

  test('stops a folder inside a room, and a test, like the room itself', () => {
    expect(offencesOf({ 'edge-agent/src/indicator/models/a.ts': importOf('../../store/b.ts') })).toHaveLength(
      1,
    );
    expect(offencesOf({ 'edge-agent/src/line/a.test.ts': importOf('../store/b.ts') })).toHaveLength(1);
  });

  test('stops a way round through the package’s own name', () => {
    const offences = offencesOf({
      'edge-agent/src/line/a.ts': importOf('@weighgate/edge-agent/src/store/b.ts'),
    });
    expect(offences).toHaveLength(1);
  });

  test('lets a file at the top import every room, and no room a file at the top', () => {
    expect(
      offencesOf({ 'edge-agent/src/agent.ts': rooms.map((room) => importOf(`./${room}/a.ts`)).join('') }),
    ).toEqual([]);
    expect(offencesOf({ 'edge-agent/src/line/a.ts': importOf('../config.ts') })).toEqual([
      "edge-agent/src/line/a.ts:1 imports '../config.ts': a room imports no file at the top",
    ]);
  });

  test('stops a room nobody planned', () => {
    expect(offencesOf({ 'edge-agent/src/printing/a.ts': '' })).toEqual([
      "edge-agent/src/printing/a.ts:1 'printing' is no room of edge-agent",
    ]);
  });
});

describe('a wall between rooms of the cloud', () => {
  test('stops a circle, naming every import in it and no other', () => {
    const offences = offencesOf({
      'cloud-api/src/inbox/a.ts': importOf('../weighings/b.ts') + importOf('../store/c.ts'),
      'cloud-api/src/weighings/b.ts': `\n${importOf('../ledger/d.ts')}`,
      'cloud-api/src/ledger/d.ts': importOf('../inbox/a.ts'),
      'cloud-api/src/store/c.ts': importOf('pg'),
      'cloud-api/src/billing/e.ts': importOf('../inbox/a.ts'),
      'cloud-api/src/app.ts': importOf('./inbox/a.ts'),
    });
    expect(offences).toEqual([
      "cloud-api/src/inbox/a.ts:1 imports '../weighings/b.ts': weighings imports inbox too, itself or through other rooms",
      "cloud-api/src/weighings/b.ts:2 imports '../ledger/d.ts': ledger imports weighings too, itself or through other rooms",
      "cloud-api/src/ledger/d.ts:1 imports '../inbox/a.ts': inbox imports ledger too, itself or through other rooms",
    ]);
  });

  test('lets rooms import each other one way, in any order', () => {
    const offences = offencesOf({
      'cloud-api/src/audit/a.ts': importOf('../store/c.ts'),
      'cloud-api/src/inbox/b.ts': importOf('../audit/a.ts') + importOf('../store/c.ts'),
      'cloud-api/src/store/c.ts': importOf('./d.ts'),
    });
    expect(offences).toEqual([]);
  });

  test('stops a room from importing a file at the top, and a room nobody planned', () => {
    expect(offencesOf({ 'cloud-api/src/inbox/a.ts': importOf('../apply-entry.ts') })).toHaveLength(1);
    expect(offencesOf({ 'cloud-api/src/reports/a.ts': '' })).toHaveLength(1);
  });
});

describe('simulated hardware', () => {
  const reason = 'simulated hardware shares no code with the programs';

  test.each([
    'simulators/src/indicator-simulator/mt-continuous.ts',
    'simulators/src/truck.ts',
    'simulators/src/truck-axles.ts',
    'simulators/src/site.ts',
    'simulators/src/weighbridge-tcp.ts',
    'simulators/src/faulty-line.ts',
  ])('%s imports nothing of the programs', (path) => {
    for (const specifier of [
      '@weighgate/edge-agent/src/indicator/framer.ts',
      '@weighgate/cloud-api/src/app.ts',
    ]) {
      expect(offencesOf({ [path]: importOf(specifier) })).toEqual([
        `${path}:1 imports '${specifier}': ${reason}`,
      ]);
    }
    expect(offencesOf({ [path]: importOf('@weighgate/protocol') })).toEqual([]);
  });

  test('does not reach them through another simulator either', () => {
    const offences = offencesOf({
      'simulators/src/truck.ts': importOf('./sway.ts'),
      'simulators/src/sway.ts': importOf('./noise.ts'),
      'simulators/src/noise.ts': importOf('@weighgate/edge-agent/src/weighing/stability.ts'),
      'edge-agent/src/weighing/stability.ts': importOf('../indicator/reading.ts'),
    });
    expect(offences).toEqual([
      `simulators/src/noise.ts:1 imports '@weighgate/edge-agent/src/weighing/stability.ts': ${reason}`,
    ]);
  });

  test('is compared with the programs only in its tests', () => {
    const path = 'simulators/src/indicator-simulator/mt-continuous.test.ts';
    expect(offencesOf({ [path]: importOf('@weighgate/edge-agent/src/indicator/framer.ts') })).toEqual([]);
  });
});

describe('a name that says nothing', () => {
  test.each([
    'edge-agent/src/utils.ts',
    'edge-agent/src/line/util.ts',
    'edge-agent/src/line/helpers/a.ts',
    'simulators/src/helper.mjs',
    'simulators/common/a.ts',
    'cloud-api/src/http/shared.ts',
    'protocol/src/core.ts',
    'cloud-api/console/lib/a.tsx',
    'misc/a.ts',
    'edge-agent/src/line/test-helpers.ts',
    'edge-agent/src/line/utils.test.ts',
  ])('%s is refused', (path) => {
    expect(offencesOf({ [path]: '' })).toEqual([expect.stringMatching(/does not say what it holds$/)]);
  });

  test.each([
    'edge-agent/src/line/index.ts',
    'simulators/src/index.mjs',
    'index.ts',
    'cloud-api/console/index.tsx',
  ])('%s is refused: only protocol has an index', (path) => {
    expect(offencesOf({ [path]: '' })).toEqual([`${path}:1 is an index, and only protocol has one`]);
  });

  test.each(['protocol/src/index.ts', 'edge-agent/src/line/library.ts', 'cloud-api/src/http/core-hours.ts'])(
    '%s is not such a name',
    (path) => {
      expect(offencesOf({ [path]: '' })).toEqual([]);
    },
  );
});

describe('an ambient effect', () => {
  test.each([
    ['Date.now()', 'const t = Date.now();'],
    ['Date.now handed on', 'start({ now: Date.now });'],
    ['Date.now by its key', "const t = Date['now']();"],
    ['the date of now', 'const t = new Date();'],
    ['the date of now without brackets', 'const t = new Date;'],
    ['the date as text', 'const t = Date();'],
    ['Temporal.Now', 'const t = Temporal.Now.instant();'],
    ['chance', 'const t = Math.random();'],
    ['a random id', "import { randomUUID } from 'node:crypto';"],
    ['a random id by its global', 'const t = crypto.randomUUID();'],
    ['a timer', 'setTimeout(work, 10);'],
    ['a timer of globalThis', 'globalThis.setTimeout(work, 10);'],
    ['an interval', 'setInterval(work, 10);'],
    ['a timer under another name', "import { setTimeout as delay } from 'node:timers/promises';"],
    ['the environment', 'const t = process.env.HOME;'],
    ['the environment, maybe', 'const t = process?.env;'],
    ['the environment by import', "import { env } from 'node:process';"],
  ])('is found: %s', (_, text) => {
    for (const path of ['edge-agent/src/line/a.ts', 'cloud-api/src/app.ts', 'protocol/src/mass.ts']) {
      const offences = offencesOf({ [path]: `// first line\n${text}` });
      expect(offences).toContainEqual(expect.stringMatching(`^${path}:2 uses .*: it must be passed in$`));
    }
  });

  test.each([
    'const t = new Date(wallMs).toISOString();',
    'const t = Date.parse(text) + clock.now();',
    'socket.setTimeout(1000);',
    'const t = makeId();',
    '// never Date.now() or setTimeout(work) here',
    "const t = 'process.env and Math.random()';",
    'const t = /new Date()/;',
    'type Timer = ReturnType<typeof setTimeout>;',
    "import { createHash } from 'node:crypto';",
  ])('is not seen in: %s', (text) => {
    expect(offencesOf({ 'edge-agent/src/line/a.ts': text })).toEqual([]);
  });

  test.each([
    'edge-agent/src/main.ts',
    'edge-agent/src/cli.ts',
    'edge-agent/src/config.ts',
    'cloud-api/src/main.ts',
    'cloud-api/src/cli.ts',
    'cloud-api/src/config.ts',
    'protocol/src/clock.ts',
    'edge-agent/src/line/tcp-line.test.ts',
    'simulators/src/demo.ts',
    'launch.mjs',
  ])('may stand in %s', (path) => {
    expect(offencesOf({ [path]: 'Date.now(); setTimeout(work, 10); process.env.HOME;' })).toEqual([]);
  });

  test('may not stand in a file that only has the name of such a door', () => {
    for (const path of [
      'edge-agent/src/line/config.ts',
      'cloud-api/src/store/main.ts',
      'edge-agent/src/clock.ts',
    ]) {
      expect(offencesOf({ [path]: 'Date.now();' })).toHaveLength(1);
    }
  });
});

describe('every way to import is seen, at its line:', () => {
  test.each([
    ['a name', "import { x } from 'node:fs';"],
    ['a default', "import x from 'node:fs';"],
    ['everything', "import * as x from 'node:fs';"],
    ['types', "import type { x } from 'node:fs';"],
    ['only its effects', "import 'node:fs';"],
    ['over several lines', "import {\n  x,\n  y,\n} from 'node:fs';"],
    ['a re-export', "export { x } from 'node:fs';"],
    ['a re-export of everything', "export * from 'node:fs';"],
    ['a re-export of types', "export type { x } from 'node:fs';"],
    ['at run time', "const x = await import('node:fs');"],
    ['inside a type', "type X = import('node:fs').Stats;"],
    ['in double quotes', 'import { x } from "node:fs";'],
  ])('%s', (_, text) => {
    const path = 'protocol/src/mass.ts';
    expect(offencesOf({ [path]: `// שורה 🚛\n\n${text}\n` })).toEqual([
      `${path}:3 imports 'node:fs': protocol does no I/O`,
    ]);
  });

  test('and not where it is only written about', () => {
    const text =
      "// import { x } from 'node:fs';\nconst t = \"import x from 'node:fs'\";\n/* export * from 'node:fs' */";
    expect(offencesOf({ 'protocol/src/mass.ts': text })).toEqual([]);
  });

  test('a file that does not parse is an offence, not a pass', () => {
    expect(offencesOf({ 'protocol/src/mass.ts': 'const x = ;' })).toEqual([
      'protocol/src/mass.ts:1 does not parse, so its walls cannot be checked',
    ]);
  });
});
