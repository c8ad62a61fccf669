import { indicatorCommandSchema, plainReasonOf } from '@weighgate/protocol';
import { Hono } from 'hono';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { CommandResult } from '../indicator/command-indicator.ts';
import type { Store } from '../store/open-store.ts';
import { chooseScale } from '../weighing/choose-scale.ts';
import { actorOf } from './actor.ts';
import { askedWith, idempotencyOf, jsonText, keyReused } from './idempotency.ts';
import { problem } from './problem.ts';
import { readBody } from './read-body.ts';
import { refusalProblem } from './refusal-problem.ts';

/** A scale whose indicator can be sent commands. */
export interface CommandedScale {
  id: string;
  command(command: z.infer<typeof indicatorCommandSchema>, signal: AbortSignal): Promise<CommandResult>;
}

const commandBodySchema = z.strictObject({
  command: indicatorCommandSchema,
  scale: z.string().min(1).max(32).nullish(),
});

export interface CommandRouteParts {
  scales: readonly CommandedScale[];
  store: Pick<Store, 'journal' | 'keptAnswers'>;
  log: Logger;
  signal: AbortSignal;
}

/** `POST /command`: zero, tare, clear_tare, print. What came of it is an entry of the journal before it is answered. */
export function commandRoutes({ scales, store, log, signal }: CommandRouteParts) {
  const { journal, keptAnswers } = store;
  return new Hono<{ Variables: { requestId: string } }>().post('/command', async (c) => {
    const text = await c.req.text();
    const body = readBody(text, commandBodySchema);
    if (!body.ok) {
      return problem(c, {
        status: 422,
        code: 'invalid_request',
        title: 'Invalid request',
        detail: `Send {"scale": "...", "command": "${indicatorCommandSchema.options.join('|')}"}.`,
      });
    }
    const choice = chooseScale(scales, body.value.scale ?? null);
    if (choice.kind === 'refused') {
      return refusalProblem(c, { status: 400, title: 'Not sent' }, choice.refusal);
    }
    const { scale } = choice;
    const idempotency = idempotencyOf(c, askedWith(c, text));
    if (!idempotency.ok) return problem(c, idempotency.problem);
    const earlier = idempotency.value === null ? undefined : keptAnswers.earlier(idempotency.value);
    if (earlier?.kind === 'key_reused') return keyReused(c);
    if (earlier?.kind === 'answer') return jsonText(c, earlier.text);
    const result = await scale.command(body.value.command, signal);
    if (result.kind === 'busy') {
      return problem(c, { status: 409, code: 'command_busy', title: 'Not sent', detail: result.detail });
    }
    const { refusal, ...facts } = result.record;
    const detail = plainReasonOf(facts.detail).slice(0, 200);
    // What was sent is on record, whatever is kept for the key.
    const answer = actorOf(c).act(() =>
      journal.commit(() => {
        const body = { scaleId: scale.id, ...facts, detail };
        const { uuid: entry } = journal.append({ kind: 'indicator.commanded', body });
        const answer = { scale: scale.id, ...facts, entry };
        if (facts.outcome !== 'refused') keptAnswers.once(idempotency.value, () => JSON.stringify(answer));
        return answer;
      }),
    );
    log.info({ scale: scale.id, ...facts }, 'indicator.commanded');
    if (facts.outcome === 'refused') {
      return problem(c, {
        status: 409,
        code: refusal?.code ?? 'refused_by_indicator',
        title: 'Not done',
        detail: facts.detail,
        entry: answer.entry,
      });
    }
    return c.json(answer);
  });
}
