import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import { expect } from 'vitest';
import { testRequiring } from '../src/required-component.ts';
import { runSoak } from '../src/soak/run-soak.ts';

testRequiring('mosquitto')(
  'while everything around two agents is broken, trucks are weighed; in the end the cloud has each weighing once',
  async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-soak-'));
    const settings = { seed: 4, durationMs: 20_000, agents: 2, scales: 2, everyMs: [1_500, 3_500] as const };
    const said: string[] = [];
    const { results } = await runSoak({ ...settings, dir: folder.path }, systemClock, (line) =>
      said.push(line),
    );
    for (const { name, value, goal, details } of results)
      expect(value, [name, ...details, ...said].join('\n')).toBeGreaterThanOrEqual(goal);
  },
  300_000,
);
