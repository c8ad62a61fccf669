import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Definition, definitionSchema } from './indicator/definition.ts';

/** Longest definition file that is read, in characters. */
const MAX_CHARACTERS = 20_000;

/** A definition of a make cannot be used. The message names the file and the key, one fault a line. */
export class DefinitionFileError extends Error {
  readonly code = 'definition_invalid';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DefinitionFileError';
  }
}

/** Reads the definition of a make, as JSON or YAML. @throws DefinitionFileError */
function readDefinition(file: string): Definition {
  let given: unknown;
  try {
    const text = readFileSync(file, 'utf8');
    if (text.length > MAX_CHARACTERS) {
      throw new DefinitionFileError(`${file} is longer than ${MAX_CHARACTERS} characters`);
    }
    given = parse(text, { uniqueKeys: true });
  } catch (cause) {
    if (cause instanceof DefinitionFileError) throw cause;
    throw new DefinitionFileError(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  const parsed = definitionSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(
    ({ path, message }) => `${file} ${path.join('.') || '(whole file)'}: ${message}`,
  );
  throw new DefinitionFileError(faults.join('\n'), { cause: parsed.error });
}

const scales = z.looseObject({ scales: z.array(z.unknown()) });
const namesFile = z.looseObject({
  indicator: z.looseObject({ model: z.literal('configurable'), definitionFile: z.string().min(1) }),
});

/**
 * The configuration with `definitionFile` of every scale replaced by the `definition` it names. What has another shape
 * is left for the schema to refuse.
 * @param folder where relative paths begin @throws DefinitionFileError
 */
export function withDefinitions(config: unknown, folder: string): unknown {
  const parsed = scales.safeParse(config);
  if (!parsed.success) return config;
  return {
    ...parsed.data,
    scales: parsed.data.scales.map((given) => {
      const scale = namesFile.safeParse(given);
      if (!scale.success) return given;
      const { definitionFile, ...indicator } = scale.data.indicator;
      return {
        ...scale.data,
        indicator: { ...indicator, definition: readDefinition(resolve(folder, definitionFile)) },
      };
    }),
  };
}
