import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Clock } from '@weighgate/protocol';
import type { WebhookTarget } from './webhook-target.ts';

/** From connecting to the end of the answer. */
const TIMEOUT_MS = 10_000;
/** Of an answer; more is not read. */
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;

/** What came of one request. Only a status of 200 to 299 says that it was taken. */
export type PostOutcome = { kind: 'answered'; status: number } | { kind: 'failed'; detail: string };

/**
 * Sends one POST to the pinned address and nowhere else: no redirect is followed, no connection is kept or reused, no proxy
 * of the environment is asked. Name and certificate are still those of the URL.
 */
export async function postWebhook(
  { url, address }: Extract<WebhookTarget, { kind: 'target' }>,
  headers: Readonly<Record<string, string>>,
  body: string,
  clock: Clock,
): Promise<PostOutcome> {
  const ended = new AbortController();
  const gaveUp = new AbortController();
  const timeout = clock
    .sleep(TIMEOUT_MS, ended.signal)
    .then(() => gaveUp.abort())
    .catch(() => undefined);
  try {
    return await send(url, address, headers, body, gaveUp.signal);
  } catch (error) {
    const detail = gaveUp.signal.aborted ? `no answer within ${TIMEOUT_MS / 1000} s` : wordsOf(error);
    return { kind: 'failed', detail };
  } finally {
    ended.abort();
    await timeout;
  }
}

function send(
  url: URL,
  address: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<PostOutcome> {
  const family = isIP(address);
  const lookup: LookupFunction = (_host, options, done) =>
    options.all === true ? done(null, [{ address, family }]) : done(null, address, family);
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: 'POST',
        agent: false,
        lookup,
        signal,
        maxHeaderSize: MAX_HEADER_BYTES,
        headers: {
          ...headers,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'weighgate',
          connection: 'close',
        },
      },
      (answer) => {
        const status = answer.statusCode ?? 0;
        let bytes = 0;
        answer.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          // The status has said all; a body without end is not waited for.
          if (bytes <= MAX_ANSWER_BYTES) return;
          resolve({ kind: 'answered', status });
          answer.destroy();
        });
        answer.on('end', () => resolve({ kind: 'answered', status }));
        answer.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

function wordsOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return (code === undefined || message.includes(code) ? message : `${code}: ${message}`).slice(0, 300);
}
