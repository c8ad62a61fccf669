import type { IClientOptions } from 'mqtt';

const CONNECT_TIMEOUT_MS = 10_000;
const KEEPALIVE_S = 30;

/** How a client of the cloud signs in at a broker. */
export interface MqttLogin {
  url: string;
  username: string;
  password: string | undefined;
  /** The client's own certificate, where the broker asks for one, and the CA its broker has to be of; all in PEM. */
  tls?: { ca: string; cert: string; key: string };
  /** MQTT client id, another one for each client; the username when left out. */
  clientId?: string | undefined;
}

/** What mqtt.js connects with: nothing is kept by the broker, and each connection is used once. */
export function connectOptionsOf(login: MqttLogin): IClientOptions {
  return {
    clientId: login.clientId ?? login.username,
    username: login.username,
    ...(login.password === undefined ? {} : { password: login.password }),
    ...login.tls,
    protocolVersion: 4,
    clean: true,
    keepalive: KEEPALIVE_S,
    connectTimeout: CONNECT_TIMEOUT_MS,
    reconnectPeriod: 0,
    queueQoSZero: false,
  };
}
