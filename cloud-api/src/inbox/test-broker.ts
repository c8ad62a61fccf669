import type { IClientOptions } from 'mqtt';
import { makeTestCa } from '../fleet/enrolment/test-ca.ts';
import { testParts } from '../store/test-database.ts';
import { type EmbeddedBrokerOptions, startEmbeddedBroker } from './embedded-broker.ts';
import type { MqttLogin } from './mqtt-login.ts';

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
  async function loginOf(username: string): Promise<MqttLogin> {
    return { url: broker.url, username, password: undefined, tls: await tlsOf(username) };
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
    hostLogin: () => loginOf('cloud'),
    /** How the cloud's ear for live weight signs in here. */
    liveLogin: () => loginOf('cloud-live'),
    /** The same broker once more, for when the first is gone. */
    startAgain: () => start({ port: broker.port }),
  };
}
