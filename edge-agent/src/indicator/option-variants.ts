import { z } from 'zod';

/** A model has few enough options that all their values can be tried; more than this is a mistake of the model. */
const MAX_VARIANTS = 512;
/** A whole number of a wider range, such as an address, is not tried out. */
const MAX_RANGE = 10;

/**
 * Every way in which the options of a model can be set, its defaults first, as far as their values can be listed:
 * choices, yes or no, and small numbers. What a person has to know, such as the unit, stays at its default.
 */
export function optionVariantsOf(options: z.ZodObject): Record<string, unknown>[] {
  const lists = Object.entries(options.shape).map(
    ([key, schema]) => [key, valuesOf(schema as z.ZodType)] as const,
  );
  let variants: Record<string, unknown>[] = [{}];
  for (const [key, values] of lists) {
    if (values.length === 0 || variants.length * values.length > MAX_VARIANTS) continue;
    variants = variants.flatMap((variant) => values.map((value) => ({ ...variant, [key]: value })));
  }
  return variants.filter((variant) => options.safeParse(variant).success);
}

/** The values an option can have, its default first; empty when they cannot be listed. */
function valuesOf(schema: z.ZodType): unknown[] {
  if (!(schema instanceof z.ZodDefault)) return listed(schema);
  const values = listed(schema.unwrap() as z.ZodType);
  const byDefault = schema.parse(undefined);
  return values.includes(byDefault) ? [byDefault, ...values.filter((value) => value !== byDefault)] : [];
}

function listed(schema: z.ZodType): unknown[] {
  if (schema instanceof z.ZodEnum) return [...schema.options];
  if (schema instanceof z.ZodBoolean) return [false, true];
  if (schema instanceof z.ZodPipe) return listed(schema.out as z.ZodType);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => listed(option as z.ZodType));
  if (schema instanceof z.ZodNumber) {
    const { minValue, maxValue } = schema;
    if (minValue === null || maxValue === null || maxValue - minValue >= MAX_RANGE) return [];
    return Array.from({ length: maxValue - minValue + 1 }, (_, index) => minValue + index);
  }
  return [];
}
