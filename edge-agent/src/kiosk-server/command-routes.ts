import { indicatorCommandSchema, plainReasonOf } from '@weighgate/protocol';
import { Hono } from 'hono';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { CommandResult } from '../indicator/command-indicator.ts';
import type { Journal } from '../store/journal.ts';
import { chooseScale } from '../weighing/choose-scale.ts';
import { actorOf } from './actor.ts';
import { problem } from './problem.ts';
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
  journal: Pick<Journal, 'append' | 'commit'>;
  log: Logger;
  signal: AbortSignal;
}

/** `POST /command`: zero, tare, clear_tare, print. What came of it is an entry of the journal before it is answered. */
export function commandRoutes({ scales, journal, log, signal }: CommandRouteParts) {
  return new Hono<{ Variables: { requestId: string } }>().post('/command', async (c) => {
    const body = commandBodySchema.safeParse(await c.req.json().catch(() => null));
    if (!body.success) {
      return problem(c, {
        status: 422,
        code: 'invalid_request',
        title: 'Invalid request',
        detail: `Send {"scale": "...", "command": "${indicatorCommandSchema.options.join('|')}"}.`,
      });
    }
    const choice = chooseScale(scales, body.data.scale ?? null);
    if (choice.kind === 'refused') {
      return refusalProblem(c, { status: 400, title: 'Not sent' }, choice.refusal);
    }
    const { scale } = choice;
    const result = await scale.command(body.data.command, signal);
    if (result.kind === 'busy') {
      return problem(c, { status: 409, code: 'command_busy', title: 'Not sent', detail: result.detail });
    }
    const { refusal, ...facts } = result.record;
    const entry = actorOf(c).act(() =>
      journal.commit(() =>
        journal.append({
          kind: 'indicator.commanded',
          body: { scaleId: scale.id, ...facts, detail: plainReasonOf(facts.detail).slice(0, 200) },
        }),
      ),
    );
    log.info({ scale: scale.id, ...facts }, 'indicator.commanded');
    if (facts.outcome === 'refused') {
      return problem(c, {
        status: 409,
        code: refusal?.code ?? 'refused_by_indicator',
        title: 'Not done',
        detail: facts.detail,
        entry: entry.uuid,
      });
    }
    return c.json({ scale: scale.id, ...facts, entry: entry.uuid });
  });
}
