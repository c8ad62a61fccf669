import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { makeWebhookSecret, webhookHeadersOf } from './webhook-signature.ts';

test('a signature is the one that the libraries of Standard Webhooks expect', () => {
  const content = {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestampS: 1614265330,
    body: '{"test": 2432232314}',
  };
  expect(webhookHeadersOf(content, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test('another id, moment, body or secret has another signature', () => {
  const content = { id: 'm1', timestampS: 1, body: '{}' };
  const secret = makeWebhookSecret(randomBytes);
  const signed = [
    webhookHeadersOf(content, secret),
    webhookHeadersOf({ ...content, id: 'm2' }, secret),
    webhookHeadersOf({ ...content, timestampS: 2 }, secret),
    webhookHeadersOf({ ...content, body: '[]' }, secret),
    webhookHeadersOf(content, makeWebhookSecret(randomBytes)),
  ].map((headers) => headers['webhook-signature']);
  expect(new Set(signed).size).toBe(5);
});
