import type { Clock } from '@weighgate/protocol';
import type { AedesOptions, Client } from 'aedes';
import type { Logger } from 'pino';
import { isKeptName } from '../fleet/host-name.ts';
import { failureLimit } from '../http/failure-limit.ts';
import type { BrokerRules } from './broker-rules.ts';

/** Who is on a connection, by the certificate of its TLS handshake. */
export interface BrokerSession {
  /** Common name of the certificate: the device's name, or the cloud's. */
  name: string;
  /** SHA-256 of the certificate, in hex. */
  fingerprint: string;
  address: string;
}

export interface BrokerHookParts {
  clock: Clock;
  log: Logger;
  rules: BrokerRules;
  signInsPerMinute: number;
  sessionOf(client: Client): BrokerSession | undefined;
  /** Whether the certificate may sign in under that name now. Rejects when that cannot be found out. */
  isAdmitted(session: BrokerSession): Promise<boolean>;
  onSignedIn(client: Client, session: BrokerSession): void;
  onRefused(session: BrokerSession): void;
}

/** A client that asks for more than this which it may not is cut: it costs log lines. */
const MAX_REFUSED = 20;

/**
 * Everything the broker asks before it lets a client in, takes a message, grants a subscription or hands a message on.
 * Nobody gets further than their certificate's name.
 */
export function brokerHooks(parts: BrokerHookParts): AedesOptions {
  const { log, sessionOf, rules } = parts;
  const tooOften = failureLimit({ failures: parts.signInsPerMinute, windowMs: 60_000 }, parts.clock);
  const refused = new WeakMap<Client, number>();

  function note(client: Client | null, what: Record<string, unknown>, event: string): void {
    log.warn({ name: client === null ? undefined : sessionOf(client)?.name, ...what }, event);
    if (client === null) return;
    const count = (refused.get(client) ?? 0) + 1;
    refused.set(client, count);
    if (count > MAX_REFUSED) client.close();
  }

  return {
    // Before anything of the packet takes effect. An error cuts the connection without an answer.
    preConnect: (client, packet, done) => {
      const session = sessionOf(client);
      const why = session === undefined ? 'no certificate' : connectFault(session, packet, rules);
      if (session === undefined || why !== undefined) {
        log.warn(
          { name: session?.name, clientId: packet.clientId.slice(0, 80), why },
          'broker.connect_refused',
        );
        if (session !== undefined) parts.onRefused(session);
        done(new Error(why), false);
        return;
      }
      if (!isKeptName(session.name)) {
        if (tooOften.isBlocked(session.name)) {
          log.error({ name: session.name, address: session.address }, 'broker.flapping');
          done(new Error('signs in too often: two machines may have one identity'), false);
          return;
        }
        tooOften.note(session.name);
      }
      done(null, true);
    },
    authenticate: (client, _username, _password, done) => {
      const session = sessionOf(client);
      if (session === undefined) {
        done(null, false);
        return;
      }
      parts.isAdmitted(session).then(
        (admitted) => {
          if (admitted) parts.onSignedIn(client, session);
          else {
            log.warn({ name: session.name, fingerprint: session.fingerprint }, 'broker.sign_in_refused');
            parts.onRefused(session);
          }
          done(null, admitted);
        },
        (error: unknown) => {
          // Whether it may cannot be found out: it comes again.
          log.error({ err: error, name: session.name }, 'broker.sign_in_unknown');
          done(null, false);
        },
      );
    },
    authorizePublish: (client, packet, done) => {
      const name = client === null ? undefined : sessionOf(client)?.name;
      if (name !== undefined && rules.mayPublish(name, packet.topic, packet.retain)) {
        done(null);
        return;
      }
      note(client, { topic: packet.topic.slice(0, 200), retain: packet.retain }, 'broker.publish_refused');
      done(new Error('not allowed to publish there'));
    },
    authorizeSubscribe: (client, subscription, done) => {
      const name = sessionOf(client)?.name;
      const allowed = name !== undefined && rules.maySubscribe(name, subscription.topic);
      if (!allowed) note(client, { topic: subscription.topic.slice(0, 200) }, 'broker.subscribe_refused');
      done(null, allowed ? subscription : null);
    },
    authorizeForward: (client, packet) => {
      const name = sessionOf(client)?.name;
      return name !== undefined && rules.mayHear(name, packet.topic) ? packet : null;
    },
  };
}

interface ConnectWords {
  clientId: string;
  clean?: boolean;
  username?: string;
  will?: { topic: string; retain?: boolean };
}

/** Why a CONNECT is refused whatever the certificate; undefined when nothing speaks against it. */
function connectFault({ name }: BrokerSession, packet: ConnectWords, rules: BrokerRules): string | undefined {
  if (packet.clientId !== name) return 'the client id is not the name of the certificate';
  if (packet.username !== undefined && packet.username !== name) {
    return 'the user name is not the name of the certificate';
  }
  // A session that is kept would be a queue in memory that nobody bounds; the journal is the queue.
  if (packet.clean === false) return 'sessions are not kept here; connect with clean=1';
  const { will } = packet;
  if (will !== undefined && !rules.mayPublish(name, will.topic, will.retain === true)) {
    return 'the will is for a topic that is not its own';
  }
  return undefined;
}
