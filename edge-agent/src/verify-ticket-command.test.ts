import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ticketOf } from './weighing/ticket/ticket.ts';
import { samplePublicKey, sampleRecord, sampleSite } from './weighing/ticket/ticket-samples.ts';

const cli = fileURLToPath(new URL('./cli.ts', import.meta.url));
const { payload } = ticketOf(sampleRecord('session.closed-net-known'), sampleSite, 'he');

function verifyTicket(...args: string[]): Promise<{ code: unknown; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, 'verify-ticket', ...args], (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, output: stdout + stderr }),
    );
  });
}

test('verify-ticket says whether the device signed what a ticket says', async () => {
  const good = await verifyTicket(payload, '--key', samplePublicKey);
  expect(good).toMatchObject({ code: 0, output: expect.stringMatching(/^VERIFIED.*net 14600 kg/s) });
  const changed = await verifyTicket(payload.replace('14600000', '14700000'), '--key', samplePublicKey);
  expect(changed).toMatchObject({ code: 1, output: expect.stringMatching(/^NOT VERIFIED/) });
  expect(
    await verifyTicket(
      payload,
      '--key',
      samplePublicKey.replace(/^./, (one) => (one === 'A' ? 'B' : 'A')),
    ),
  ).toMatchObject({
    code: 1,
  });
  expect(await verifyTicket('https://example.org', '--key', samplePublicKey)).toMatchObject({
    code: 1,
    output: expect.stringMatching(/^NO TICKET/),
  });
}, 20_000);

test('without a key or a payload it says how to call it', async () => {
  for (const args of [[payload], [payload, '--key', 'x'], ['--key', samplePublicKey]])
    expect(await verifyTicket(...args)).toMatchObject({ code: 2 });
}, 20_000);
