import { systemClock } from '@weighgate/protocol';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { listenAs, listenAsHost, tryToPublish } from './acl-ears.ts';
import { type AclCase, failed, held, refused, refusedIf } from './acl-outcome.ts';
import { isAlive } from './acl-protocol-cases.ts';
import { openRaw, within } from './acl-raw.ts';
import type { AclTarget } from './acl-target.ts';

const QUIET_MS = 400;
const SIGN_IN_TRIES = 200;
const up = (device: string) => `wg/v1/d/${device}/up`;
const down = (device: string) => `wg/v1/d/${device}/down`;

/** Connects; null when it is not let in. */
async function tryToConnect(
  target: AclTarget,
  device: string,
  more: IClientOptions = {},
): Promise<MqttClient | null> {
  try {
    const client = await connectAsync(
      target.url,
      { ...(await target.clientOptions(device)), ...more },
      false,
    );
    client.on('error', () => undefined);
    return client;
  } catch {
    return null;
  }
}

/** Who may get in and what they may reach. */
export const accessCases: readonly AclCase[] = [
  {
    id: 'E09',
    what: 'device A publishes on a topic of B',
    run: async (target) => {
      await using host = await listenAsHost(target);
      await using a = await listenAs(target, 'e09-a', []);
      await tryToPublish(a.client, up('e09-b'), 'as if from b');
      await systemClock.sleep(QUIET_MS);
      if (host.heard.length > 0) return failed(`the cloud heard ${host.heard.join('; ')}`);
      if (!a.client.connected) return refused('not delivered, and A is cut');
      return refused(
        'not delivered; its PUBACK says nothing, so a device waits for the ACK of the cloud (F6, F7)',
      );
    },
  },
  {
    id: 'E10',
    what: 'device A subscribes to #, +/+, wg/#, $SYS/#, $share/x/#',
    run: async (target) => {
      const filters = ['#', '+/+', 'wg/#', '$SYS/#', '$share/x/#', 'wg/v1/d/+/up', down('e10-b')];
      const client = await tryToConnect(target, 'e10-a');
      if (client === null) return failed('a good device was not let in');
      const heard: string[] = [];
      client.on('message', (topic) => heard.push(topic));
      let granted = 0;
      for (const filter of filters) {
        await client.subscribeAsync(filter, { qos: 1 }).then(
          () => {
            granted += 1;
          },
          () => undefined,
        );
      }
      await using b = await listenAs(target, 'e10-b', []);
      await using cloud = await listenAs(target, 'cloud', []);
      await tryToPublish(b.client, up('e10-b'), 'private');
      await tryToPublish(cloud.client, down('e10-b'), 'private');
      await systemClock.sleep(QUIET_MS);
      await client.endAsync(true);
      if (heard.length > 0) return failed(`A heard ${heard.join('; ')}`);
      if (granted === 0) return refused('every one is answered with 0x80');
      return held(
        `${granted} of ${filters.length} are granted in words, and nothing is ever handed over: it asks the ACL when it delivers`,
      );
    },
  },
  {
    id: 'E11',
    what: 'a will on a topic of B',
    run: async (target) => {
      await using host = await listenAsHost(target);
      const will = { topic: up('e11-b'), payload: Buffer.from('last words'), qos: 1 as const, retain: false };
      const client = await tryToConnect(target, 'e11-a', { will });
      client?.stream.destroy();
      await systemClock.sleep(QUIET_MS);
      await client?.endAsync(true);
      if (host.heard.length > 0) return failed(`the cloud heard ${host.heard.join('; ')}`);
      return refused(client === null ? 'not let in with it' : 'not delivered');
    },
  },
  {
    id: 'E12',
    what: 'device A with the client id of B',
    run: async (target) => {
      await using host = await listenAsHost(target);
      await using b = await listenAs(target, 'e12-b', [down('e12-b')]);
      const a = await tryToConnect(target, 'e12-a', { clientId: 'e12-b' });
      if (a !== null) await tryToPublish(a, up('e12-b'), 'as if from b');
      await systemClock.sleep(QUIET_MS);
      await a?.endAsync(true);
      if (!b.client.connected) return failed('B was thrown out');
      if (host.heard.length > 0) return failed(`the cloud heard ${host.heard.join('; ')}`);
      return refused(
        a === null ? 'not let in' : 'let in as A: the client id is replaced by the name of the certificate',
      );
    },
  },
  {
    id: 'E13',
    what: 'two machines with one identity throw each other out',
    run: async (target) => {
      let letIn = 0;
      for (let tried = 0; tried < 40; tried += 1) {
        const client = await tryToConnect(target, 'e13');
        if (client === null) break;
        letIn += 1;
        await client.endAsync(true);
      }
      const alive = await isAlive(target, 'e13-other');
      if (!alive) return failed('another device does not get in beside it');
      if (letIn < 40)
        return refused(`after ${letIn} sign-ins within a minute the name has to wait; others do not notice`);
      return held(
        'it lets them; the cloud sees two boots under one name at their HELLOs, alarms and takes no side (duplicate_device)',
      );
    },
  },
  {
    id: 'E14',
    what: 'retained junk on the topics that commands and presence come on',
    run: async (target) => {
      for (const topic of [down('e14-a'), down('e14-b'), 'wg/v1/host/state', 'wg/v1/d/e14-b/state']) {
        await using a = await listenAs(target, 'e14-a', []);
        await tryToPublish(a.client, topic, 'junk', true);
      }
      await using b = await listenAs(target, 'e14-b', [down('e14-b'), 'wg/v1/host/state']);
      await using a = await listenAs(target, 'e14-a', [down('e14-a')]);
      await using cloud = await listenAs(target, 'cloud-2', ['wg/v1/d/+/state']);
      await systemClock.sleep(QUIET_MS);
      const heard = [...a.heard, ...b.heard, ...cloud.heard];
      return refusedIf(heard.length === 0, 'nothing of it is kept', `handed out: ${heard.join('; ')}`);
    },
  },
  {
    id: 'E15',
    what: 'a message of the cloud is caught and sent again by the device that got it',
    run: async (target) => {
      await using device = await listenAs(target, 'e15', [down('e15')]);
      await using cloud = await listenAs(target, 'cloud-3', []);
      await tryToPublish(cloud.client, down('e15'), 'a command');
      if (!(await within(2_000, () => device.heard.length === 1))) return failed('the first did not arrive');
      await using replayer = await listenAs(target, 'e15-b', []);
      await tryToPublish(replayer.client, down('e15'), 'a command');
      await using listening = await listenAs(target, 'e15-c', []);
      await tryToPublish(listening.client, down('e15-c'), 'a command');
      await systemClock.sleep(QUIET_MS);
      return refusedIf(
        device.heard.length === 1,
        'only the cloud may publish there',
        'it arrived a second time',
      );
    },
  },
  {
    id: 'E10-live',
    what: "the cloud's ear for live weight, and its own inbox, reach for more than is theirs",
    run: async (target) => {
      const everything = ['#', ...['up', 'down', 'state', 'live'].map((name) => `wg/v1/d/+/${name}`)];
      const [ear, inbox] = ['cloud-2-live', 'cloud-2'] as const;
      await using host = await listenAsHost(target);
      await using device = await listenAs(target, 'e10-c', [down('e10-c'), 'wg/v1/host/state']);
      const own = ['up', 'state', 'live', 'down'].map((name) => `wg/v1/d/${ear}/${name}`);
      for (const topic of [...own, up('e10-c'), down('e10-c'), 'wg/v1/d/e10-c/live', 'wg/v1/host/state']) {
        await using mouth = await listenAs(target, ear, []);
        await tryToPublish(mouth.client, topic, 'said by the ear');
      }
      await using greedyEar = await listenAs(target, ear, [...everything, 'wg/v1/host/state', down(ear)]);
      await using greedyInbox = await listenAs(target, inbox, everything);
      for (const name of ['up', 'state', 'live']) {
        await tryToPublish(device.client, `wg/v1/d/e10-c/${name}`, 'private');
      }
      await using speaker = await listenAs(target, 'cloud-3', []);
      for (const topic of [down('e10-c'), down(ear), 'wg/v1/host/state']) {
        await tryToPublish(speaker.client, topic, 'from the cloud');
      }
      await systemClock.sleep(QUIET_MS);
      const said = [...host.heard, ...device.heard].filter((message) => message.endsWith('said by the ear'));
      if (said.length > 0) return failed(`the ear was heard: ${said.join('; ')}`);
      const heard = [...new Set(greedyEar.heard)];
      if (heard.join() !== 'wg/v1/d/e10-c/live private') return failed(`the ear heard ${heard.join('; ')}`);
      const live = greedyInbox.heard.filter((message) => message.startsWith('wg/v1/d/e10-c/live'));
      if (live.length > 0) return failed('the inbox hears live weight, which would wait behind its batches');
      return refused('the ear hears live weight alone and nobody hears it; the inbox hears none');
    },
  },
  {
    id: 'E16',
    what: `no certificate, a foreign one, and a password instead, ${SIGN_IN_TRIES} times`,
    run: async (target) => {
      let letIn = 0;
      const foreign = await target.foreignTls('e16');
      const { ca } = foreign;
      // An address of its own, so that only the guesser is slowed down.
      const source = { localAddress: '127.0.0.16' };
      const attempts = Array.from({ length: SIGN_IN_TRIES }, async (_, index) => {
        const shown = index % 2 === 0 ? { cert: foreign.cert, key: foreign.key } : {};
        const options: IClientOptions = {
          ...shown,
          ca,
          clientId: 'e16',
          username: 'e16',
          password: 'secret',
          protocolVersion: 4,
          reconnectPeriod: 0,
          connectTimeout: 3_000,
          ...source,
        };
        const client = await connectAsync(target.url, options, false).catch(() => null);
        if (client !== null) letIn += 1;
        await client?.endAsync(true);
      });
      await Promise.all(attempts);
      const alive = await isAlive(target, 'e16-good');
      if (letIn > 0) return failed(`${letIn} were let in`);
      if (!alive) return failed('a good device does not get in after it');
      using raw = await openRaw(target.port, null, '127.0.0.16');
      const slowed = await raw.closesWithin(500);
      return slowed
        ? refused('none is let in, and the address has to wait')
        : refused(
            'none is let in; how often one address may try has to be bounded before this broker (firewall)',
          );
    },
  },
  {
    id: 'E23',
    what: 'a certificate is revoked',
    run: async (target) => {
      const options = await target.clientOptions('e23');
      const client = await connectAsync(target.url, options, false);
      client.on('error', () => undefined);
      const startedMs = systemClock.monotonicMs();
      await target.revoke('e23');
      const cut = await within(10_000, () => !client.connected);
      const afterMs = Math.round(systemClock.monotonicMs() - startedMs);
      await client.endAsync(true);
      const again = await connectAsync(target.url, options, false).catch(() => null);
      await again?.endAsync(true);
      if (!cut) return failed('its connection lives on');
      if (again !== null) return failed('it gets in again');
      return refused(`its connection was cut after ${afterMs} ms, and it does not get in again`);
    },
  },
];
