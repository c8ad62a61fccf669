import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { Config } from './config.ts';

/** The running cloud does not do what a command asks. `message` says why in words. */
export class CloudCallError extends Error {
  override readonly name = 'CloudCallError';
  readonly code = 'cloud_call_failed';
}

export type CallCloud = (method: 'GET' | 'POST', path: string, body?: unknown) => Promise<unknown>;

const problemSchema = z.looseObject({ detail: z.string() });
const CALL_TIMEOUT_MS = 10_000;

/**
 * Speaks with the running cloud by an API key of the data folder.
 * @param usualKey name of that key's file
 */
export function cloudCaller(
  config: Config,
  {
    url,
    keyFile,
    usualKey,
  }: { url: string | undefined; keyFile: string | undefined; usualKey: 'api-key' | 'admin-key' },
): CallCloud {
  const base = url ?? `http://127.0.0.1:${config.http.port}`;
  const configured = usualKey === 'api-key' ? config.apiKey : undefined;
  const key = configured ?? readKey(keyFile ?? join(resolve(config.dataDir), usualKey));
  return async (method, path, body) => {
    let response: Response;
    let answer: unknown;
    try {
      response = await fetch(base + path, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
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
