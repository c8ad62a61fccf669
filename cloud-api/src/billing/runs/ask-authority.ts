import { type Clock, plainTextSchema } from '@weighgate/protocol';
import { z } from 'zod';
import type { Circuits } from '../../outbound/circuits.ts';
import type { AllocationAnswer, AllocationQuestion, AskAllocation } from './allocation.ts';

/** From connecting to the end of the answer. */
const USUAL_TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 16 * 1024;

/** What an authority says with status 200. Anything else is no answer: a refusal is never guessed. */
const answerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('granted'), number: z.string().regex(/^[0-9]{9,30}$/) }),
  z.strictObject({ kind: z.literal('refused'), reason: plainTextSchema(500) }),
]);

/**
 * Asks a tax authority over HTTP: the question goes as JSON in a POST. The same reference must be answered the same
 * again, since an answer may be lost on its way. After five failures in a row it is left alone for a while.
 * @param url https, or http on this machine
 */
export function authorityAt(
  url: string,
  { clock, circuits, timeoutMs = USUAL_TIMEOUT_MS }: { clock: Clock; circuits: Circuits; timeoutMs?: number },
): AskAllocation {
  return async (question) => {
    const answer = await circuits.call<AllocationAnswer>(
      'allocation',
      ({ kind }) => kind === 'down',
      () => ask(url, question, { clock, timeoutMs }),
    );
    return answer ?? down('not asked: it has failed again and again, and is left alone for half a minute');
  };
}

async function ask(
  url: string,
  question: AllocationQuestion,
  { clock, timeoutMs }: { clock: Clock; timeoutMs: number },
): Promise<AllocationAnswer> {
  const ended = new AbortController();
  const gaveUp = new AbortController();
  const timeout = clock
    .sleep(timeoutMs, ended.signal)
    .then(() => gaveUp.abort())
    .catch(() => undefined);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(question),
      redirect: 'manual',
      signal: gaveUp.signal,
    });
    const text = await readBounded(response);
    if (response.status !== 200) return down(`it answered with status ${response.status}`);
    return text === undefined ? down('its answer is too long') : answerOf(text);
  } catch (error) {
    return down(gaveUp.signal.aborted ? `no answer within ${timeoutMs / 1_000} s` : wordsOf(error));
  } finally {
    ended.abort();
    await timeout;
  }
}

function answerOf(text: string): AllocationAnswer {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    return down('its answer is not JSON');
  }
  const parsed = answerSchema.safeParse(said);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return down(`its answer is not understood: ${issue?.path.join('.')} ${issue?.message}`.slice(0, 300));
}

/** The whole answer; undefined for one that is longer than any may be, which is not read to its end. */
async function readBounded(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function down(detail: string): AllocationAnswer {
  return { kind: 'down', detail };
}

/** What fetch throws has its reason in the cause. */
function wordsOf(error: unknown): string {
  const { message, cause } = error as Error;
  return (cause instanceof Error && cause.message !== '' ? cause.message : message).slice(0, 300);
}
