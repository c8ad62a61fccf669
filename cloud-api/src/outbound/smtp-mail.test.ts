import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { expect, test } from 'vitest';
import { mailSchema } from './mail.ts';
import { smtpMail } from './smtp-mail.ts';

/** A real SMTP server that keeps what it was given. */
async function startServer(refusal?: Error & { responseCode: number }) {
  const taken: { from: string; to: string[]; raw: string }[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? '' : mailFrom.address;
        if (refusal === undefined) {
          taken.push({
            from,
            to: rcptTo.map(({ address }) => address),
            raw: Buffer.concat(chunks).toString(),
          });
        }
        done(refusal ?? null);
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    taken,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

const mail = mailSchema.parse({
  to: 'farm@example.com',
  subject: 'חשבון 2026-000001',
  text: 'שלום',
  attachments: [
    { fileName: 'bill.pdf', contentType: 'application/pdf', base64: Buffer.from('%PDF').toString('base64') },
  ],
});

test('a mail reaches the server with its attachment and an id that every repeat has, too', async () => {
  await using server = await startServer();
  const sender = smtpMail(server.url, 'Weighgate <bills@factory.example>');
  expect(await sender.send(mail, 'id-1')).toMatchObject({ kind: 'sent' });
  expect(await sender.send(mail, 'id-1')).toMatchObject({ kind: 'sent' });
  expect(server.taken).toHaveLength(2);
  for (const { from, to, raw } of server.taken) {
    expect([from, to]).toEqual(['bills@factory.example', ['farm@example.com']]);
    expect(raw).toContain('Message-ID: <id-1@factory.example>');
    expect(raw).toContain(Buffer.from('%PDF').toString('base64'));
  }
});

test('what a server refuses is a failure with its status', async () => {
  await using server = await startServer(Object.assign(new Error('mailbox full'), { responseCode: 452 }));
  const sender = smtpMail(server.url, 'bills@factory.example');
  expect(await sender.send(mail, 'id-2')).toMatchObject({ kind: 'failed', status: 452 });
});

test('a server that is not there is a failure', async () => {
  const server = await startServer();
  await server[Symbol.asyncDispose]();
  expect(await smtpMail(server.url, 'bills@factory.example').send(mail, 'id-3')).toMatchObject({
    kind: 'failed',
    status: null,
  });
});

test('a provider whose name or address would make a header of its own makes none', async () => {
  for (const to of [
    'a@example.com\r\nBcc: b@example.com',
    'a@example.com, b@example.com',
    'A <a@example.com>',
    'a@example.com>',
    '',
  ]) {
    expect(mailSchema.safeParse({ ...mail, to }).success, to).toBe(false);
  }
  for (const subject of ['x\r\nBcc: b@example.com', 'x\nBcc: b@example.com', 'x\u2028y']) {
    expect(mailSchema.safeParse({ ...mail, subject }).success, subject).toBe(false);
  }
  await using server = await startServer();
  // Past our own check, the library encodes what is left.
  const sender = smtpMail(server.url, 'bills@factory.example');
  await sender.send({ ...mail, subject: 'x\r\nBcc: b@example.com' }, 'id-4');
  expect(server.taken[0]?.raw).not.toMatch(/^Bcc:/m);
  expect(server.taken[0]?.to).toEqual(['farm@example.com']);
});
