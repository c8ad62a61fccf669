import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { nodeArgsOf } from './footprint.ts';

const textOf = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');

test('`npm run edge` gives Node the options of the service, which are those that are measured', () => {
  const options = nodeArgsOf(textOf('deploy/systemd/weighgate-edge.service'));
  expect(options.length).toBeGreaterThan(0);
  const launched = /agentOptions = \[(.*)\]/.exec(textOf('launch.mjs'))?.[1];
  expect(launched).toBe(options.map((option) => `'${option}'`).join(', '));
});
