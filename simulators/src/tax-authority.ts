import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { Clock } from '@weighgate/protocol';
import { z } from 'zod';

/** How a tax authority answers: `down` with status 503, `slow` as granted, too late for anybody who waits a minute. */
export const authorityModes = ['granted', 'refused', 'down', 'slow'] as const;
export type AuthorityMode = (typeof authorityModes)[number];

const MAX_QUESTION_BYTES = 16 * 1024;
const MAX_KEPT_QUESTIONS = 10_000;
const LATE_MS = 60_000;

const amount = z.string().regex(/^-?[0-9]{1,30}$/);
const questionSchema = z.strictObject({
  reference: z.string().min(1).max(200),
  sellerTaxId: z.string().nullable(),
  buyerTaxId: z.string().nullable(),
  currency: z.string().regex(/^[A-Z]{3}$/),
  netMinor: amount,
  vatMinor: amount,
});
type Question = z.infer<typeof questionSchema>;

/** A tax authority that gives numbers for tax invoices. */
export interface TaxAuthority extends AsyncDisposable {
  url: string;
  /** From the next question on. */
  setMode(mode: AuthorityMode): void;
  /** Every question that reached it, the last ones of {@link MAX_KEPT_QUESTIONS}. */
  questions: readonly Question[];
}

/**
 * Serves a tax authority on this machine. The number of a reference is drawn from the seed: asked again, even by another
 * start of it, it is the same.
 */
export async function openTaxAuthority(
  { port = 0, seed = 1, mode: firstMode = 'granted' as AuthorityMode } = {},
  clock: Clock,
): Promise<TaxAuthority> {
  const questions: Question[] = [];
  const closing = new AbortController();
  let mode = firstMode;
  const answerTo = async (request: IncomingMessage): Promise<{ status: number; body: unknown }> => {
    const question = questionOf(await textOf(request));
    if (question === undefined) return { status: 400, body: { detail: 'not a question' } };
    questions.push(question);
    if (questions.length > MAX_KEPT_QUESTIONS) questions.shift();
    const current = mode;
    if (current === 'down') return { status: 503, body: { detail: 'closed for maintenance' } };
    if (current === 'slow') await clock.sleep(LATE_MS, closing.signal);
    return current === 'refused'
      ? { status: 200, body: { kind: 'refused', reason: `dealer ${question.sellerTaxId} is not registered` } }
      : { status: 200, body: { kind: 'granted', number: numberOf(seed, question.reference) } };
  };
  const server = createServer(async (request, response) => {
    try {
      const { status, body } = await answerTo(request);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    } catch {
      // Who asked is gone, or we close.
      response.destroy();
    }
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const taken = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://127.0.0.1:${taken}/`,
    setMode: (next) => {
      mode = next;
    },
    questions,
    async [Symbol.asyncDispose]() {
      closing.abort();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** 18 digits. */
function numberOf(seed: number, reference: string): string {
  const digest = createHash('sha256').update(`${seed} ${reference}`).digest();
  return String(digest.readBigUInt64BE() % 10n ** 18n).padStart(18, '0');
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_QUESTION_BYTES) break;
    chunks.push(chunk);
  }
  return bytes > MAX_QUESTION_BYTES ? '' : Buffer.concat(chunks).toString('utf8');
}

function questionOf(text: string): Question | undefined {
  try {
    return questionSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
