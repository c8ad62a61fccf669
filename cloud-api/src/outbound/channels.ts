import type { Clock } from '@weighgate/protocol';
import type { Db } from '../store/database.ts';
import type { ClaimedMessage } from './claim-messages.ts';
import { type MailSender, mailSchema } from './mail.ts';
import type { SendMessage } from './outbound-worker.ts';
import { postWebhook } from './post-webhook.ts';
import type { AttemptOutcome } from './record-attempt.ts';
import type { SecretSeal } from './secret-seal.ts';
import { webhookHeadersOf } from './webhook-signature.ts';
import { type ResolveName, type WebhookTarget, webhookTargetOf } from './webhook-target.ts';
import type { AllowedAddresses } from './webhook-url.ts';

/** Sends the mails of the outbound table. */
export function mailChannel(sender: MailSender): SendMessage {
  return async ({ messageId, content }) => {
    const done = await sender.send(mailSchema.parse(JSON.parse(content)), messageId);
    return done.kind === 'sent'
      ? { outcome: 'sent', status: null, detail: done.detail }
      : { outcome: 'failed', status: done.status, detail: done.detail };
  };
}

export interface WebhookParts {
  db: Db;
  clock: Clock;
  seal: SecretSeal;
  resolve: ResolveName;
  allowed: AllowedAddresses;
}

/** Sends the webhooks of the outbound table, signed, to where their endpoint points now. */
export function webhookChannel(parts: WebhookParts): SendMessage {
  return async (message) => {
    const endpoint = await parts.db
      .selectFrom('webhook_endpoints')
      .select(['url', 'sealed_secret', 'ended_at'])
      .where('endpoint_id', '=', message.receiver)
      .executeTakeFirstOrThrow();
    if (endpoint.ended_at !== null) return failed('the endpoint was ended', true);
    const secret = parts.seal.open(endpoint.sealed_secret, message.receiver);
    if (secret === undefined)
      return failed('the secret of the endpoint cannot be opened; make a new endpoint', true);
    let target: WebhookTarget;
    try {
      target = await webhookTargetOf(endpoint.url, parts);
    } catch (error) {
      return failed(`the name cannot be resolved: ${(error as Error).message}`.slice(0, 300));
    }
    return target.kind === 'refused' ? failed(target.reason) : post(message, target, secret, parts.clock);
  };
}

async function post(
  { messageId, content }: ClaimedMessage,
  target: Extract<WebhookTarget, { kind: 'target' }>,
  secret: string,
  clock: Clock,
): Promise<AttemptOutcome> {
  const timestampS = Math.floor(clock.now() / 1000);
  const headers = webhookHeadersOf({ id: messageId, timestampS, body: content }, secret);
  const answer = await postWebhook(target, headers, content, clock);
  if (answer.kind === 'failed') return failed(answer.detail);
  const { status } = answer;
  if (status >= 200 && status < 300) return { outcome: 'sent', status, detail: `answered ${status}` };
  const why = status >= 300 && status < 400 ? ', and redirects are not followed' : '';
  return { outcome: 'failed', status, detail: `answered ${status}${why}` };
}

const failed = (detail: string, ended = false): AttemptOutcome => ({
  outcome: 'failed',
  status: null,
  detail,
  ended,
});
