import fc from 'fast-check';
import { readSchema, type Schema } from './open-api.ts';

type Any = fc.Arbitrary<unknown>;

const MAX_ITEMS = 4;
const MAX_CHARS = 60;
const formats: Readonly<Record<string, () => Any>> = {
  'date-time': () =>
    fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }).map((at) => at.toISOString()),
  date: () =>
    fc
      .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
      .map((at) => at.toISOString().slice(0, 10)),
  uuid: () => fc.uuid(),
  email: () => fc.emailAddress(),
  uri: () => fc.webUrl(),
};

/** Values that a schema allows, as far as it says: a `refine` of the server is not in the document. */
export function arbitraryOf(schema: Schema, resolve: (ref: string) => Schema, depth = 0): Any {
  const of = (one: unknown) => arbitraryOf(readSchema(one), resolve, depth + 1);
  if (depth > 8) return fc.constant(null);
  if (schema.$ref !== undefined) return of(resolve(schema.$ref));
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map(of));
  if (schema.allOf !== undefined) {
    return fc.tuple(...schema.allOf.map(of)).map((parts) => Object.assign({}, ...(parts as object[])));
  }
  const type = schema.type;
  if (Array.isArray(type)) return fc.oneof(...type.map((one) => of({ ...schema, type: one })));
  if (type === 'object' || schema.properties !== undefined) return objectOf(schema, of);
  if (type === 'array') {
    const [minLength, most] = [schema.minItems ?? 0, schema.maxItems ?? MAX_ITEMS];
    return fc.array(of(schema.items ?? {}), {
      minLength,
      maxLength: Math.max(minLength, Math.min(most, MAX_ITEMS)),
    });
  }
  if (type === 'string') return stringOf(schema);
  if (type === 'boolean') return fc.boolean();
  if (type === 'null') return fc.constant(null);
  if (type === 'integer' || type === 'number') return amountOf(schema, type === 'integer');
  return fc.jsonValue({ maxDepth: 2 });
}

function objectOf(schema: Schema, of: (one: unknown) => Any): Any {
  const properties = Object.entries(schema.properties ?? {});
  const required = schema.required ?? [];
  return fc.record(Object.fromEntries(properties.map(([name, one]) => [name, of(one)])), {
    requiredKeys: required.filter((name) => properties.some(([known]) => known === name)),
  });
}

function stringOf(schema: Schema): Any {
  const format = formats[schema.format ?? ''];
  if (format !== undefined) return format();
  if (schema.pattern !== undefined) {
    try {
      return fc.stringMatching(new RegExp(schema.pattern, 'u'));
    } catch {
      // A pattern that cannot be drawn from is met by chance or not at all: the server refuses the value by its rules.
      return fc.string({ maxLength: MAX_CHARS });
    }
  }
  const minLength = Math.min(schema.minLength ?? 0, 1_000);
  const maxLength = Math.max(minLength, Math.min(schema.maxLength ?? MAX_CHARS, MAX_CHARS));
  return fc.oneof(fc.string({ minLength, maxLength }), fc.string({ unit: 'grapheme', minLength, maxLength }));
}

function amountOf(schema: Schema, isWhole: boolean): Any {
  const min = Math.max(schema.minimum ?? -1e6, Number.MIN_SAFE_INTEGER);
  const max = Math.max(min, Math.min(schema.maximum ?? 1e6, Number.MAX_SAFE_INTEGER));
  const usual = isWhole
    ? fc.integer({ min: Math.max(min, -(2 ** 31)), max: Math.min(max, 2 ** 31 - 1) })
    : fc.double({ min, max, noNaN: true });
  return fc.oneof({ weight: 5, arbitrary: usual }, fc.constantFrom(min, max));
}
