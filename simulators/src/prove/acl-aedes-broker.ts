import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { frontLimits } from '@weighgate/cloud-api/src/inbox/broker-front.ts';
import { brokerRules } from '@weighgate/cloud-api/src/inbox/broker-rules.ts';
import { startEmbeddedBroker } from '@weighgate/cloud-api/src/inbox/embedded-broker.ts';
import { systemClock } from '@weighgate/protocol';
import { pino } from 'pino';
import { z } from 'zod';

/** The embedded broker as a program: certificates from a folder, revocations from whoever started it. */
const [dir = '.', ...flags] = process.argv.slice(2);
const read = (name: string) => readFileSync(join(dir, 'certs', name), 'utf8');
const revoked = new Set<string>();
const broker = await startEmbeddedBroker({
  host: '127.0.0.1',
  port: 0,
  clock: systemClock,
  log: pino({ level: 'silent' }),
  server: { pem: read('server.pem'), keyPem: read('server.key') },
  ca: read('ca.pem'),
  isAdmitted: async ({ fingerprint }) => !revoked.has(fingerprint),
  notRevoked: async (fingerprints) => new Set(fingerprints.filter((one) => !revoked.has(one))),
  // A proof signs in more often than any plant does; what bounds that is tried on its own.
  limits: flags.includes('patient')
    ? { ...frontLimits, failures: 1_000_000, signInsPerMinute: 1_000_000 }
    : frontLimits,
  rules: flags.includes('weak')
    ? { mayPublish: () => true, maySubscribe: () => true, mayHear: () => true }
    : brokerRules,
});
process.on('message', async (message) => {
  const { revoked: more } = z.object({ revoked: z.array(z.string()) }).parse(message);
  for (const fingerprint of more) revoked.add(fingerprint);
  await broker.cutRevoked();
  process.send?.({ done: true });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ port: broker.port });
