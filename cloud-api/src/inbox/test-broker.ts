import type { IClientOptions } from 'mqtt';
import { makeTestCa } from '../fleet/enrolment/test-ca.ts';
import { testParts } from '../store/test-database.ts';
import { type EmbeddedBrokerOptions, startEmbeddedBroker } from './embedded-broker.ts';

/** The embedded broker with a CA of its own, which admits whatever that CA has issued unless told otherwise. */
export async function startTestBroker(options: Partial<EmbeddedBrokerOptions> = {}) {
  const ca = await makeTestCa();
  const start = async (more: Partial<EmbeddedBrokerOptions>) =>
    startEmbeddedBroker({
      ...testParts,
      host: '127.0.0.1',
      port: 0,
      server: await ca.makeServer(['127.0.0.1']),
      ca: ca.certificatePem,
      isAdmitted: async () => true,
      notRevoked: async (fingerprints) => new Set(fingerprints),
      ...options,
      ...more,
    });
  const broker = await start({});

  /** What a client of that name connects with. */
  async function tlsOf(name: string): Promise<{ ca: string; cert: string; key: string }> {
    const { pem, keyPem } = await ca.makeClient(name);
    return { ca: ca.certificatePem, cert: pem, key: keyPem };
  }
  return {
    ...broker,
    ca,
    tlsOf,
    clientOptions: async (name: string): Promise<IClientOptions> => ({
      ...(await tlsOf(name)),
      clientId: name,
      protocolVersion: 4,
      reconnectPeriod: 0,
    }),
    /** How the cloud's inbox signs in here. */
    hostLogin: async () => ({
      url: broker.url,
      username: 'cloud',
      password: undefined,
      tls: await tlsOf('cloud'),
    }),
    /** The same broker once more, for when the first is gone. */
    startAgain: () => start({ port: broker.port }),
  };
}
