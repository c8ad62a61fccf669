import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isMap, LineCounter, type Node, parseDocument } from 'yaml';

/** The configuration cannot be used; the message names file, line and key. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'config';
}

/** What a configuration file says, before any check. */
export interface ConfigSource {
  /** What was read, before any check. */
  values: Record<string, unknown>;
  /** Where a key stands, such as `cloud.yaml:7`. */
  placeOf(path: readonly PropertyKey[]): string;
}

/** What there is without a file. */
export function noFile(): ConfigSource {
  return { values: {}, placeOf: () => 'configuration' };
}

/** A value as it stands in a message. */
export function shortOf(value: unknown): string {
  return JSON.stringify(value).slice(0, 80);
}

/**
 * Reads a YAML (or JSON, which is YAML) file and keeps where its keys stand.
 * @throws ConfigError
 */
export function readConfigFile(file: string): ConfigSource {
  const name = basename(file);
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(
      code === 'ENOENT' ? `${file}: there is no such file` : `${file}: cannot be read (${code})`,
      { cause: error },
    );
  }
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken !== undefined) {
    throw new ConfigError(`${name}:${lines.linePos(broken.pos[0]).line}: not YAML: ${broken.message}`);
  }
  let values: unknown;
  try {
    values = document.toJS({ maxAliasCount: 10 }) ?? {};
  } catch (error) {
    throw new ConfigError(`${name}: not YAML: ${(error as Error).message}`, { cause: error });
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new ConfigError(`${name}:1: expected keys and values, found ${shortOf(values)}`);
  }
  return {
    values: { ...values },
    placeOf: (path) => {
      const offset = offsetOf(document.contents, path);
      return offset === undefined ? name : `${name}:${lines.linePos(offset).line}`;
    },
  };
}

/** Where the key at `path` begins; for a key that is missing, where the section it is missing in begins. */
function offsetOf(root: Node | null, path: readonly PropertyKey[]): number | undefined {
  let node: unknown = root;
  let offset = root?.range?.[0];
  for (const key of path) {
    if (!isMap(node)) return offset;
    const pair = node.items.find((item) => String(item.key) === String(key));
    if (pair === undefined) return offset;
    offset = (pair.key as Node).range?.[0] ?? offset;
    node = pair.value;
  }
  return offset;
}
