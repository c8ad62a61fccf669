import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, systemClock } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { postWebhook } from './post-webhook.ts';
import { webhookTargetOf } from './webhook-target.ts';

async function listen(answer: RequestListener, host = '127.0.0.1', port = 0) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  const taken = (server.address() as AddressInfo).port;
  return {
    port: taken,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const post = (port: number, clock: Clock = systemClock) =>
  postWebhook(
    { kind: 'target', url: new URL(`http://127.0.0.1:${port}/hook`), address: '127.0.0.1' },
    { 'webhook-id': 'm1' },
    '{"a":"ש"}',
    clock,
  );

test('a POST arrives whole with its headers, and its status is told', async () => {
  const seen: unknown[] = [];
  await using receiver = await listen(async (request, answer) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    seen.push(request.method, request.url, request.headers['webhook-id'], Buffer.concat(chunks).toString());
    answer.writeHead(202).end('thanks');
  });
  expect(await post(receiver.port)).toEqual({ kind: 'answered', status: 202 });
  expect(seen).toEqual(['POST', '/hook', 'm1', '{"a":"ש"}']);
});

test('a redirect is an answer like any other: it is not followed', async () => {
  let reached = 0;
  await using inside = await listen((_, answer) => {
    reached += 1;
    answer.end();
  });
  await using receiver = await listen((_, answer) =>
    answer.writeHead(307, { location: `http://127.0.0.1:${inside.port}/` }).end(),
  );
  expect(await post(receiver.port)).toEqual({ kind: 'answered', status: 307 });
  expect(reached).toBe(0);
});

test('an answer without end is cut off; its status counts', async () => {
  let written = 0;
  await using receiver = await listen((_, answer) => {
    answer.writeHead(200);
    const fill = () => {
      while (!answer.destroyed && answer.write(Buffer.alloc(16_384))) written += 16_384;
      if (!answer.destroyed) answer.once('drain', fill);
    };
    fill();
  });
  expect(await post(receiver.port)).toEqual({ kind: 'answered', status: 200 });
  expect(written).toBeLessThan(64 * 1024 * 1024);
});

test('a receiver that never answers is given up when the time is over', async () => {
  await using receiver = await listen(() => undefined);
  const hasty: Clock = { ...systemClock, sleep: (_, signal) => systemClock.sleep(50, signal) };
  expect(await post(receiver.port, hasty)).toEqual({ kind: 'failed', detail: 'no answer within 10 s' });
});

test('nobody there is a failure with its code', async () => {
  const gone = await listen(() => undefined);
  await gone[Symbol.asyncDispose]();
  expect(await post(gone.port)).toMatchObject({
    kind: 'failed',
    detail: expect.stringContaining('ECONNREFUSED'),
  });
});

test('a name that stands for something else a moment later is reached where it was checked', async () => {
  const reached: string[] = [];
  await using checked = await listen((_, answer) => {
    reached.push('checked');
    answer.end();
  }, '127.0.0.2');
  await using inside = await listen(
    (_, answer) => {
      reached.push('inside');
      answer.end();
    },
    '127.0.0.1',
    checked.port,
  );
  expect(inside.port).toBe(checked.port);
  const answers = ['127.0.0.2', '127.0.0.1'];
  let asked = 0;
  const target = await webhookTargetOf(`http://rebind.example.com:${checked.port}/`, {
    resolve: async () => [answers[asked++] ?? '127.0.0.1'],
    allowed: [`127.0.0.2:${checked.port}`],
  });
  if (target.kind !== 'target') throw new Error(target.reason);
  expect(await postWebhook(target, {}, '{}', systemClock)).toEqual({ kind: 'answered', status: 200 });
  expect(reached).toEqual(['checked']);
  expect(asked).toBe(1);
});
