import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { Config } from './config.ts';

/** The running cloud does not answer, or refuses. `message` says why in words. */
export class CloudCallError extends Error {
  override readonly name = 'CloudCallError';
  readonly code = 'cloud_call_failed';
}

/** Calls the API with its key. @throws CloudCallError */
export type Call = (method: 'GET' | 'POST', path: string, body?: unknown) => Promise<unknown>;

const problemSchema = z.looseObject({ detail: z.string() });

/**
 * Calls of a running cloud: the one of the configuration, unless `url` says another, with the key in its data folder unless
 * `key-file` does.
 * @param usualKey name of that key's file
 */
export function callerOf(
  config: Config,
  values: { url?: string; 'key-file'?: string },
  usualKey: 'api-key' | 'admin-key' = 'api-key',
): Call {
  const base = values.url ?? `http://127.0.0.1:${config.http.port}`;
  const configured = usualKey === 'api-key' ? config.apiKey : undefined;
  const key = configured ?? readKey(values['key-file'] ?? join(resolve(config.dataDir), usualKey));
  return async (method, path, body) => {
    let response: Response;
    let answer: unknown;
    try {
      response = await fetch(base + path, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        signal: AbortSignal.timeout(10_000),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      answer = await response.json();
    } catch (cause) {
      throw new CloudCallError(
        `the cloud at ${base} does not answer (${(cause as Error).message}); start it, or say where it is with --url`,
        { cause },
      );
    }
    if (response.ok) return answer;
    const problem = problemSchema.safeParse(answer);
    throw new CloudCallError(problem.success ? problem.data.detail : `the cloud answered ${response.status}`);
  };
}

function readKey(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new CloudCallError(
      `the API key cannot be read: ${(cause as Error).message}; say where it is with --data-dir or --key-file`,
      { cause },
    );
  }
}
