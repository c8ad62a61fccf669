import type { IClientOptions } from 'mqtt';

/** Key, certificate and CA in PEM: what a client is known by. */
export interface ClientTls {
  ca: string;
  cert: string;
  key: string;
}

/** A real broker with certificates, whose administrator the proof is. */
export interface AclTarget extends AsyncDisposable {
  name: 'aedes' | 'mosquitto';
  url: string;
  port: number;
  /** Process of the broker, for its memory. */
  pid: number;
  /** A certificate under that name; every call makes another key. */
  tlsOf(name: string): Promise<ClientTls>;
  /** A client certificate of another CA. */
  foreignTls(name: string): Promise<ClientTls>;
  /** Revokes every certificate made under the name. */
  revoke(name: string): Promise<void>;
  /** What a client of that name connects with. */
  clientOptions(name: string): Promise<IClientOptions>;
}
