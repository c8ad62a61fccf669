import { expect, test } from 'vitest';
import { z } from 'zod';
import { faultsOf, sayFault } from './fault-words.ts';

const schema = z.strictObject({
  text: z.string().min(2).max(4),
  count: z.int().min(1).max(9).optional(),
  share: z.number().positive().lt(1).optional(),
  list: z.array(z.string()).min(1).max(2).optional(),
  flag: z.boolean().optional(),
  kind: z.enum(['a', 'b', 'c']).optional(),
  either: z.union([z.string(), z.number()]).optional(),
  url: z.url().optional(),
  own: z.string().regex(/^x/, 'must start with x').optional(),
});

test.each([
  [{}, ['text: is missing']],
  [{ text: 7 }, ['text: must be text, not 7']],
  [{ text: null }, ['text: must be text, not empty']],
  [{ text: 'a' }, ['text: must have at least 2 characters']],
  [{ text: 'abcde' }, ['text: must have at most 4 characters']],
  [{ text: 'ab', count: 0 }, ['count: must be at least 1']],
  [{ text: 'ab', count: 1.5 }, ['count: must be a whole number, not 1.5']],
  [{ text: 'ab', share: 0 }, ['share: must be more than 0']],
  [{ text: 'ab', share: 1 }, ['share: must be less than 1']],
  [{ text: 'ab', list: [] }, ['list: must have at least 1 items']],
  [{ text: 'ab', list: ['a', 3] }, ['list.1: must be text, not 3']],
  [{ text: 'ab', flag: 'yes' }, ['flag: must be true or false, not "yes"']],
  [{ text: 'ab', kind: 'd' }, ['kind: must be a, b or c, not "d"']],
  [{ text: 'ab', either: [] }, ['either: cannot be a list']],
  [{ text: 'ab', url: 'no' }, ['url: "no" is not written as it must be (url)']],
  [{ text: 'ab', own: 'y' }, ['own: must start with x']],
  [{ text: 'ab', more: 1, most: 2 }, ['more: is not known here', 'most: is not known here']],
  [{ text: { a: 1 } }, ['text: must be text, not a group of keys']],
  [{ text: 'ab', count: 'x'.repeat(100) }, [`count: must be a number, not "${'x'.repeat(39)}...`]],
])('%j is answered with %j', (value, faults) => {
  const parsed = schema.safeParse(value, { error: sayFault });
  const said = parsed.success ? [] : faultsOf(parsed.error);
  expect(said.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual(faults);
});
