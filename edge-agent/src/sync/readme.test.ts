import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../../', import.meta.url);
const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');
const named = [...readme.matchAll(/^- (\S+\.test\.ts): (.+)$/gm)].map(([, file = '', name = '']) => ({
  file,
  name,
}));

test('every rule names a test', () => {
  const rules = readme.split(/^\*\*R\d+\*\*/m).slice(1);
  expect(rules.length).toBeGreaterThan(10);
  for (const rule of rules) expect(rule).toMatch(/^- \S+\.test\.ts: /m);
});

test.each(named)('$file has a test: $name', ({ file, name }) => {
  const isFromRoot = /^(simulators|protocol)\//.test(file);
  expect(readFileSync(new URL(file, isFromRoot ? root : import.meta.url), 'utf8')).toContain(name);
});
