import {
  chainHash,
  type DownMessage,
  deviceStateSchema,
  deviceTopic,
  everyDeviceTopic,
  genesisHash,
  hostStateTopic,
  parseDeviceTopic,
  readPayload,
  type UpMessage,
  upMessageSchema,
} from '@weighgate/protocol';
import { connect } from 'mqtt';

/** The cloud's side of the protocol for tests, in memory: HELLO, WELCOME, BATCH, ACK, NEED. */
export interface ScriptedCloud extends AsyncDisposable {
  /** Entry texts in order, as stored; how often one was sent again; presence as last heard. */
  stored: string[];
  repeated: number;
  presence: boolean[];
  /** Unanswered while true. */
  mute: boolean;
  refused: string[];
}

export function startScriptedCloud(url: string): ScriptedCloud {
  const client = connect(url, { clientId: 'cloud', reconnectPeriod: 50, protocolVersion: 4 });
  const cloud: ScriptedCloud = {
    stored: [],
    repeated: 0,
    presence: [],
    mute: false,
    refused: [],
    [Symbol.asyncDispose]: () => client.endAsync(true),
  };
  let headHash: string | null = null;

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
      if (state.ok) cloud.presence.push(state.message.online);
      else cloud.refused.push(state.reason);
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
    headHash ??= genesisHash(device, incarnation);
    const cloudEpoch = incarnation;
    const upTo = cloud.stored.length;
    if (message.type === 'hello') {
      const serverTime = '2026-01-01T00:00:00.000Z';
      const pace = { window: 3, paceRowsPerSecond: 1000, masterDataRevision: null };
      return [{ ...chain, type: 'welcome', cloudEpoch, upTo, hash: headHash, serverTime, ...pace }];
    }
    if (message.type === 'digest') return [];
    if (message.from > upTo + 1) return [{ ...chain, type: 'need', from: upTo + 1, to: null }];
    for (const row of message.rows) {
      if (row.seq <= cloud.stored.length) {
        cloud.repeated += 1;
        continue;
      }
      headHash = chainHash(headHash, row.entry);
      if (headHash !== row.hash) cloud.refused.push(`entry ${row.seq} does not follow`);
      cloud.stored.push(row.entry);
    }
    return [{ ...chain, type: 'ack', cloudEpoch, upTo: cloud.stored.length, hash: headHash }];
  }

  return cloud;
}
