import { request } from 'node:https';
import { z } from 'zod';

const TIMEOUT_MS = 20_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/** Certificates cannot be asked for, or were refused. `message` says why in words. */
export class EnrolmentError extends Error {
  override readonly name = 'EnrolmentError';
  readonly code: 'enrolment_unreachable' | 'enrolment_untrusted' | 'enrolment_refused';

  constructor(code: EnrolmentError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Whom to trust, and what to show. `blind` trusts anybody, and is for reading what is checked by other means. */
export type EnrolmentTls = 'blind' | { ca: string } | { ca: string; cert: string; key: string };

const problemSchema = z.looseObject({ detail: z.string() });

/**
 * Asks the cloud's enrolment endpoints.
 * @param body left out: GET
 * @throws EnrolmentError
 */
export async function askEnrolment<T>(
  schema: z.ZodType<T>,
  { url, path, body, tls }: { url: string; path: string; body?: unknown; tls: EnrolmentTls },
): Promise<T> {
  const { status, text } = await exchange(new URL(path, url), body, tls);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new EnrolmentError('enrolment_unreachable', `what is at ${url} is no enrolment: answer ${status}`, {
      cause,
    });
  }
  if (status >= 400) {
    const problem = problemSchema.safeParse(json);
    const why = problem.success ? problem.data.detail : `answer ${status}`;
    throw new EnrolmentError('enrolment_refused', why);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new EnrolmentError('enrolment_unreachable', `what is at ${url} answers otherwise than expected`);
}

function exchange(url: URL, body: unknown, tls: EnrolmentTls): Promise<{ status: number; text: string }> {
  const trust = tls === 'blind' ? { rejectUnauthorized: false } : tls;
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      {
        ...trust,
        // No connection is kept: each is made with the certificate that is asked with.
        agent: false,
        minVersion: 'TLSv1.2',
        method: body === undefined ? 'GET' : 'POST',
        headers: { 'content-type': 'application/json' },
        timeout: TIMEOUT_MS,
      },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MAX_ANSWER_BYTES) call.destroy(new Error('the answer is too long'));
          else chunks.push(chunk);
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        );
      },
    );
    call.on('timeout', () => call.destroy(new Error('no answer in time')));
    call.on('error', (cause: NodeJS.ErrnoException) => reject(inWords(url, cause)));
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Faults of the other side's certificate are told apart: they are no matter of waiting. */
const untrusted = /CERT|SELF_SIGNED|ISSUER|ALTNAME|SIGNATURE/;

function inWords(url: URL, cause: NodeJS.ErrnoException): EnrolmentError {
  if (untrusted.test(cause.code ?? '')) {
    return new EnrolmentError(
      'enrolment_untrusted',
      `the certificate of ${url.host} is not to be trusted (${cause.message}). If the name is missing, add it to enrolment.names in the cloud.`,
      { cause },
    );
  }
  return new EnrolmentError('enrolment_unreachable', `${url.origin} does not answer: ${cause.message}`, {
    cause,
  });
}
