import { join } from 'node:path';
import type { Clock } from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { isCertificateAdmitted, notRevokedOf } from './fleet/enrolment/admitted.ts';
import type { CertificateAuthority } from './fleet/enrolment/certificate-authority.ts';
import { evictRevoked } from './fleet/enrolment/evict-revoked.ts';
import { writeRevocationList } from './fleet/enrolment/write-revocation-list.ts';
import { HOST_NAME, isKeptName, liveNameOf } from './fleet/host-name.ts';
import { startEmbeddedBroker } from './inbox/embedded-broker.ts';
import type { InboxLogin } from './inbox/mqtt-inbox.ts';
import type { MqttLogin } from './inbox/mqtt-login.ts';
import type { Db } from './store/database.ts';

/** How the cloud stands at its broker. */
export interface JoinedBroker {
  login: InboxLogin;
  /** That of the connection that hears live weight and nothing else. */
  liveLogin: MqttLogin;
  mqttUrl: string;
  /** Whether the broker itself says who is who, with passwords of its own, so that a device need not be enrolled here. */
  vouchesForNames: boolean;
  /** Names and addresses that certificates of our own servers are made for. */
  serverNames: readonly string[];
  /** Makes revocations take effect at the broker. */
  cutRevoked: () => Promise<void>;
}

/**
 * The broker of the configuration, or one of our own. With `mqtts` and no password the cloud signs in there by a
 * certificate of its CA, as devices do.
 */
export async function joinBroker(
  { config, dataDir }: { config: Config; dataDir: string },
  started: AsyncDisposableStack,
  parts: { clock: Clock; log: Logger; db: Db; ca: CertificateAuthority },
): Promise<JoinedBroker> {
  const { clock, log, db, ca } = parts;
  const { url, username = HOST_NAME, password, clientId, sharedGroup, embedded } = config.mqtt;
  const { host, port } = embedded ?? { host: '127.0.0.1', port: 1883 };
  const serverNames = [
    ...new Set([...config.enrolment.names, 'localhost', '127.0.0.1', '::1', host, config.enrolment.host]),
  ];
  const isByPassword = url !== undefined && (password !== undefined || !/^(mqtts|ssl):/.test(url));
  if (isByPassword) {
    const login = { url, username, password, clientId, sharedGroup };
    const liveLogin = { url, username, password, clientId: liveNameOf(clientId ?? username) };
    const cutRevoked = async () => undefined;
    return { login, liveLogin, mqttUrl: url, vouchesForNames: true, serverNames, cutRevoked };
  }

  // By certificate the name in it is user name and client id at once, so each replica needs one of its own.
  const name = clientId ?? username;
  const own = await ca.makeClient(name);
  const tls = { ca: ca.certificatePem, cert: own.pem, key: own.keyPem };
  const liveName = liveNameOf(name);
  const ear = await ca.makeClient(liveName);
  const earTls = { ca: ca.certificatePem, cert: ear.pem, key: ear.keyPem };
  const earAt = (at: string) => ({ url: at, username: liveName, password: undefined, tls: earTls });
  if (url !== undefined) {
    const file = join(dataDir, 'revoked.pem');
    const cutRevoked = async () => {
      await writeRevocationList(file, { db, ca, clock, log });
      await evictRevoked(url, { db, ca, clock, log });
    };
    const login = { url, username: name, password, clientId, sharedGroup, tls };
    const liveLogin = earAt(url);
    return { login, liveLogin, mqttUrl: url, vouchesForNames: false, serverNames, cutRevoked };
  }
  const fingerprintOf = new Map([
    [name, own.fingerprint],
    [liveName, ear.fingerprint],
  ]);
  const broker = started.use(
    await startEmbeddedBroker({
      host,
      port,
      clock,
      log,
      server: await ca.makeServer(serverNames),
      ca: ca.certificatePem,
      isAdmitted: async ({ name, fingerprint }) =>
        isKeptName(name)
          ? fingerprint === fingerprintOf.get(name)
          : isCertificateAdmitted(db, { device: name, fingerprint }, clock),
      notRevoked: async (fingerprints) =>
        new Set([...(await notRevokedOf(db, fingerprints)), ...fingerprintOf.values()]),
    }),
  );
  const login = { url: broker.url, username, password: undefined, tls };
  const liveLogin = earAt(broker.url);
  const { cutRevoked } = broker;
  return { login, liveLogin, mqttUrl: broker.url, vouchesForNames: false, serverNames, cutRevoked };
}
