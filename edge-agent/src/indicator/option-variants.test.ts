import { expect, test } from 'vitest';
import { z } from 'zod';
import { models } from './models.ts';
import { optionVariantsOf } from './option-variants.ts';

test('choices, yes or no and small numbers are tried, the defaults first; units and addresses are not', () => {
  const options = z.strictObject({
    order: z.enum(['forward', 'reversed']).default('reversed'),
    strict: z.boolean().default(true),
    decimals: z.coerce.number().int().min(0).max(2).default(1),
    address: z.coerce.number().int().min(1).max(247).default(1),
    unit: z.enum(['kg', 'lb']).nullable().default(null),
  });
  const variants = optionVariantsOf(options);
  expect(variants).toHaveLength(2 * 2 * 3);
  expect(variants[0]).toEqual({ order: 'reversed', strict: true, decimals: 1 });
});

test.each(models.map((model) => [model.name, model] as const))(
  'every variant of %s is one the model accepts, the first with its defaults',
  (_, model) => {
    const [first, ...others] = optionVariantsOf(model.options);
    if (model.name === 'configurable') {
      // It is all data, and there is none to try.
      expect(first).toBeUndefined();
      return;
    }
    expect(model.options.parse(first)).toEqual(model.options.parse({}));
    for (const variant of others) expect(model.options.safeParse(variant).success).toBe(true);
  },
);
