import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { gpioInputs } from './gpio-inputs.ts';
import { InputError } from './input-module.ts';

const folder = mkdtempSync(join(tmpdir(), 'weighgate-gpio-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('inputs are read in their order; a file that is gone or says something else is no level', async () => {
  const paths = ['a', 'b'].map((name) => join(folder, name));
  const [first = '', second = ''] = paths;
  const read = () => gpioInputs(paths)(new AbortController().signal);
  writeFileSync(first, '1\n');
  writeFileSync(second, '0\n');
  expect(await read()).toEqual([true, false]);
  writeFileSync(second, '');
  await expect(read()).rejects.toThrow(InputError);
  rmSync(second);
  await expect(read()).rejects.toMatchObject({ code: 'input_unreadable' });
});
