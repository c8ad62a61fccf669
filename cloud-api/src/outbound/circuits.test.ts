import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { makeCircuits } from './circuits.ts';
import { guardedChannel } from './guarded-channel.ts';
import type { AttemptOutcome } from './record-attempt.ts';

const OPEN_MS = 60;
const message = {
  messageId: 'm',
  channel: 'webhook',
  receiver: 'e1',
  content: '{}',
  attempt: 1,
  attemptsLeft: 8,
  failedAttempts: 1,
} as const;
const down: AttemptOutcome = { outcome: 'failed', status: 503, detail: 'answered 503' };
const sent: AttemptOutcome = { outcome: 'sent', status: 200, detail: 'answered 200' };

test('five failures in a row open the circuit; after a while one call tries, and closes it or opens it again', async () => {
  const circuits = makeCircuits({ openMs: OPEN_MS });
  let answer = down;
  let asked = 0;
  const send = guardedChannel(async () => {
    asked += 1;
    return answer;
  }, circuits);
  const state = () => circuits.states().get('webhook e1');
  for (let count = 0; count < 5; count += 1) expect(await send(message)).toEqual(down);
  expect(state()).toBe('open');
  expect(await send(message)).toMatchObject({
    outcome: 'failed',
    detail: expect.stringContaining('not tried'),
  });
  expect(asked).toBe(5);

  await sleep(OPEN_MS + 20);
  expect(await send(message)).toEqual(down);
  expect([asked, state()]).toEqual([6, 'open']);

  await sleep(OPEN_MS + 20);
  answer = sent;
  const probing = send(message);
  expect(state()).toBe('half_open');
  expect(await probing).toEqual(sent);
  expect(state()).toBe('closed');
});

test('one endpoint that is down leaves the others alone, and refusals are no failures', async () => {
  const circuits = makeCircuits({ openMs: OPEN_MS });
  const broken = guardedChannel(async () => down, circuits);
  for (let count = 0; count < 6; count += 1) await broken(message);
  const refusing = guardedChannel(async () => ({ ...down, status: 410 }), circuits);
  for (let count = 0; count < 9; count += 1) await refusing({ ...message, receiver: 'e2' });
  expect([...circuits.states()]).toEqual([
    ['webhook e1', 'open'],
    ['webhook e2', 'closed'],
  ]);
  const mails = guardedChannel(async () => ({ ...down, status: 550 }), circuits);
  for (let count = 0; count < 9; count += 1) await mails({ ...message, channel: 'mail' });
  expect(circuits.states().get('mail')).toBe('closed');
});

test('what throws is thrown on, and no more dependencies are kept than five hundred', async () => {
  const circuits = makeCircuits();
  const failing = circuits.call(
    'database',
    () => false,
    () => Promise.reject(new Error('a mistake')),
  );
  await expect(failing).rejects.toThrow('a mistake');
  for (let count = 0; count < 600; count += 1)
    await circuits.call(
      `d${count}`,
      () => false,
      async () => 1,
    );
  expect(circuits.states().size).toBe(500);
  expect(circuits.states().has('d599')).toBe(true);
});
