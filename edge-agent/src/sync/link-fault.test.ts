import { generateKeyPairSync, webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { createServer, type Server, type TlsOptions } from 'node:tls';
import { systemClock } from '@weighgate/protocol';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { openTestStore, storeFolder } from '../store/store-folder.ts';
import { pumpJournal } from './journal-pump.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A certificate that vouches for itself as localhost, within these days. */
async function certificateOf(notBefore: string, notAfter: string): Promise<{ cert: string; key: string }> {
  await import('reflect-metadata');
  const { SubjectAlternativeNameExtension, X509CertificateGenerator } = await import('@peculiar/x509');
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pkcs8 = Uint8Array.from(pair.privateKey.export({ type: 'pkcs8', format: 'der' }));
  const spki = Uint8Array.from(pair.publicKey.export({ type: 'spki', format: 'der' }));
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=localhost',
    notBefore: new Date(notBefore),
    notAfter: new Date(notAfter),
    keys: {
      privateKey: await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']),
      publicKey: await webcrypto.subtle.importKey('spki', spki, algorithm, true, ['verify']),
    },
    signingAlgorithm: algorithm,
    extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }])],
  });
  return {
    cert: certificate.toString('pem'),
    key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** What the link logs of a TLS server that it should not trust, while a tare is put on record all the same. */
async function loggedOf(server: Server, ca: string, host: string): Promise<string> {
  server.on('tlsClientError', () => undefined);
  server.listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const shown = await certificateOf('2020-01-01', '2099-12-31');
  let logged = '';
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      logged += String(chunk);
      done();
    },
  });
  using folder = storeFolder();
  using store = openTestStore(folder.dataDir);
  {
    await using _pump = pumpJournal(
      {
        url: `mqtts://${host}:${port}`,
        device: 'gate-1',
        credentials: () => ({ kind: 'certificate', ca, ...shown }),
      },
      store,
      {
        clock: systemClock,
        random: () => 0,
        log: pino(sink),
        bootId: 'boot-1',
        appVersion: '0.1.0',
        clockState: () => 'unsynced',
        onFatal: (error) => {
          throw error;
        },
      },
    );
    await expect.poll(() => logged, { timeout: 5_000 }).toContain('link.down');
    expect(store.containerTares.setTare('C-1', 1)).toMatchObject({ changed: true });
  }
  server.close();
  expect(store.journal.head().seq).toBe(1);
  return logged;
}

test.each([
  ['is not valid yet, as every one is in 1970', '2099-01-01', '2099-12-31', 'not valid yet'],
  ['is valid no more, as every one is ten years on', '2020-01-01', '2020-12-31', 'valid no more'],
])(
  'a certificate that %s: the link says that it is the clock, and the journal goes on (C10, D11)',
  async (_what, notBefore, notAfter, validity) => {
    const { cert, key } = await certificateOf(notBefore, notAfter);
    const logged = await loggedOf(
      createServer({ cert, key }, (socket) => socket.destroy()),
      cert,
      'localhost',
    );
    expect(logged).toContain(validity);
    expect(logged).toContain('Set the clock');
  },
);

test('a broker that shows a certificate of another host, or of nobody we trust, or speaks TLS 1.1, is not spoken to (D11)', async () => {
  const theirs = await certificateOf('2020-01-01', '2099-12-31');
  const other = await certificateOf('2020-01-01', '2099-12-31');
  const serve = (options: TlsOptions) =>
    createServer({ ...theirs, ...options }, (socket) => socket.destroy());
  expect(await loggedOf(serve({}), theirs.cert, '127.0.0.1')).toContain('does not match');
  expect(await loggedOf(serve({}), other.cert, 'localhost')).toContain('self-signed certificate');
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const;
  expect(await loggedOf(serve(old), theirs.cert, 'localhost')).toMatch(
    /protocol version|unsupported protocol/,
  );
});
