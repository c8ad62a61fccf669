import {
  chainHash,
  type DeviceState,
  type DownMessage,
  deviceStateSchema,
  deviceTopic,
  everyDeviceTopic,
  genesisHash,
  type Hello,
  hostStateTopic,
  isoInstant,
  parseDeviceTopic,
  readPayload,
  systemClock,
  type UpMessage,
  upMessageSchema,
  uuidSchema,
} from '@weighgate/protocol';
import { connect } from 'mqtt';

/** The cloud's side of the protocol for tests, in memory: HELLO, WELCOME, BATCH, ACK, NEED, FORK. */
export interface ScriptedCloud extends AsyncDisposable {
  /** Entry texts in the order they came, as stored; how often one was sent again; presence as last heard. */
  stored: string[];
  repeated: number;
  presence: boolean[];
  /** The same, whole. */
  states: DeviceState[];
  hellos: Hello[];
  /** Unanswered while true. */
  mute: boolean;
  refused: string[];
  paceRowsPerSecond: number;
  /** Holds another entry at this seq of any first life. */
  otherAt: number | null;
}

interface StoredChain {
  upTo: number;
  hash: string;
}

const EPOCH = uuidSchema.parse('01a10a36-67d2-70aa-bb66-ae528194f836');

export function startScriptedCloud(url: string): ScriptedCloud {
  const client = connect(url, { clientId: 'cloud', reconnectPeriod: 50, protocolVersion: 4 });
  const cloud: ScriptedCloud = {
    stored: [],
    repeated: 0,
    presence: [],
    states: [],
    hellos: [],
    mute: false,
    refused: [],
    paceRowsPerSecond: 1000,
    otherAt: null,
    [Symbol.asyncDispose]: () => client.endAsync(true),
  };
  const chains = new Map<string, StoredChain>();

  client.on('error', () => undefined);
  client.on('connect', () => {
    client.subscribe([everyDeviceTopic('up'), everyDeviceTopic('state')], { qos: 1 }, () => {
      const host = { v: 1, online: true, at: '2026-01-01T00:00:00.000Z' };
      client.publish(hostStateTopic, JSON.stringify(host), { qos: 1, retain: true });
    });
  });
  client.on('message', (topic, payload) => {
    const from = parseDeviceTopic(topic);
    if (from?.channel === 'state') {
      const state = readPayload(deviceStateSchema, payload);
      if (state.ok) {
        cloud.presence.push(state.message.online);
        cloud.states.push(state.message);
      } else cloud.refused.push(state.reason);
      return;
    }
    const up = readPayload(upMessageSchema, payload);
    if (!up.ok) cloud.refused.push(up.reason);
    else if (!cloud.mute) for (const answer of answersTo(up.message)) send(up.message.device, answer);
  });

  function send(device: string, message: DownMessage): void {
    client.publish(deviceTopic(device, 'down'), JSON.stringify(message), { qos: 1 });
  }

  function answersTo(message: UpMessage): DownMessage[] {
    if (message.type === 'md_ask') return [];
    const { device, incarnation } = message;
    const chain = { v: 1, device, incarnation } as const;
    const stored = chains.get(incarnation) ?? { upTo: 0, hash: genesisHash(device, incarnation) };
    chains.set(incarnation, stored);
    const { upTo } = stored;
    if (message.type === 'hello') {
      cloud.hellos.push(message);
      const serverTime = isoInstant(systemClock.now());
      const { paceRowsPerSecond } = cloud;
      const pace = { window: 3, paceRowsPerSecond, masterDataRevision: null };
      return [{ ...chain, type: 'welcome', cloudEpoch: EPOCH, upTo, hash: stored.hash, serverTime, ...pace }];
    }
    if (message.type === 'digest') return [];
    if (message.from > upTo + 1) return [{ ...chain, type: 'need', from: upTo + 1, to: null }];
    const forked = message.rows.find(({ seq }) => seq === cloud.otherAt && chains.size === 1);
    if (forked !== undefined) {
      return [{ ...chain, type: 'fork', seq: forked.seq, cloudHash: '0'.repeat(64) }];
    }
    for (const row of message.rows) {
      if (row.seq <= stored.upTo) {
        cloud.repeated += 1;
        continue;
      }
      stored.hash = chainHash(stored.hash, row.entry);
      stored.upTo = row.seq;
      if (stored.hash !== row.hash) cloud.refused.push(`entry ${row.seq} does not follow`);
      cloud.stored.push(row.entry);
    }
    return [{ ...chain, type: 'ack', cloudEpoch: EPOCH, upTo: stored.upTo, hash: stored.hash }];
  }

  return cloud;
}
