import { z } from 'zod';

/** A JSON Schema as OpenAPI 3.1 has it; only what the proof reads is named. */
export type Schema = z.infer<typeof schemaSchema>;

const names = z.array(z.string());
const schemaSchema = z.looseObject({
  $ref: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  allOf: z.array(z.unknown()).optional(),
  type: z.union([z.string(), names]).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: names.optional(),
  items: z.unknown().optional(),
  minItems: z.number().optional(),
  maxItems: z.number().optional(),
  format: z.string().optional(),
  pattern: z.string().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});
const recordSchema = z.record(z.string(), z.unknown());
const contentSchema = z.record(z.string(), z.looseObject({ schema: schemaSchema.optional() }));
const operationSchema = z.looseObject({
  'x-permission': z.string(),
  parameters: z
    .array(
      z.looseObject({
        name: z.string(),
        in: z.enum(['path', 'query', 'header', 'cookie']),
        required: z.boolean().optional(),
        schema: schemaSchema,
      }),
    )
    .default([]),
  requestBody: z.looseObject({ content: contentSchema }).optional(),
  responses: z.record(z.string(), z.looseObject({ content: contentSchema.optional() })),
});
const documentSchema = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
});

/** One route as the document describes it. */
export interface Operation extends z.infer<typeof operationSchema> {
  /** In capitals. */
  method: string;
  /** With its parameters in braces. */
  path: string;
}

/** The routes of an OpenAPI 3.1 document. @throws ZodError for what is not one */
export function operationsOf(document: unknown): Operation[] {
  return Object.entries(documentSchema.parse(document).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path,
    })),
  );
}

/** The schema that a `$ref` within the document points at. @throws Error when there is none */
export function resolverOf(document: unknown): (ref: string) => Schema {
  return (ref) => {
    let found: unknown = document;
    for (const step of ref.replace(/^#\//, '').split('/')) {
      found = recordSchema.parse(found)[step.replaceAll('~1', '/').replaceAll('~0', '~')];
    }
    return readSchema(found);
  };
}

/** What is known of a schema. @throws ZodError for what is none */
export function readSchema(value: unknown): Schema {
  return schemaSchema.parse(value);
}
