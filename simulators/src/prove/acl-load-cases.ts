import { systemClock } from '@weighgate/protocol';
import { connectAsync } from 'mqtt';
import { residentMb } from '../bench/resident-mb.ts';
import { listenAs, listenAsHost } from './acl-ears.ts';
import { type AclCase, failed, held, refused, refusedIf } from './acl-outcome.ts';
import { isAlive } from './acl-protocol-cases.ts';
import {
  openRaw,
  packetOf,
  publishPacket,
  type RawConnection,
  signInRaw,
  subscribePacket,
  within,
} from './acl-raw.ts';

const ANNOUNCED = 268_435_455;
const MAX_GROWTH_MB = 50;
/** A device retries after seconds; others must not wait longer than that for one that does not read. */
const MAX_WAIT_MS = 5_000;
const IDLE_CONNECTIONS = 600;

/** What costs the broker memory, time or connections. */
export const loadCases: readonly AclCase[] = [
  {
    id: 'E02',
    what: 'a CONNECT of 256 MiB is announced and dripped, 20 times at once',
    run: async (target) => {
      const beforeMb = residentMb(target.pid);
      const raws: RawConnection[] = [];
      for (let index = 0; index < 20; index += 1) {
        // Half of them are known by a certificate, and half by nothing.
        const tls = index % 2 === 0 ? await target.tlsOf(`e02-${index}`) : null;
        raws.push(await openRaw(target.port, tls, '127.0.0.2'));
      }
      const header = packetOf(0x10, Buffer.alloc(0), ANNOUNCED);
      for (const raw of raws) raw.write(header);
      let peakMb = beforeMb;
      const startedMs = systemClock.monotonicMs();
      while (systemClock.monotonicMs() - startedMs < 10_000 && raws.some((raw) => !raw.isClosed())) {
        for (const raw of raws) if (!raw.isClosed()) raw.write(Buffer.alloc(16 * 1024));
        await systemClock.sleep(50);
        peakMb = Math.max(peakMb, residentMb(target.pid));
      }
      const open = raws.filter((raw) => !raw.isClosed()).length;
      for (const raw of raws) raw[Symbol.dispose]();
      const grownMb = Math.round(peakMb - beforeMb);
      const words = `${20 - open} of 20 cut after ${Math.round(systemClock.monotonicMs() - startedMs)} ms, ${grownMb} MB more memory`;
      return refusedIf(open === 0 && grownMb < MAX_GROWTH_MB, words, words);
    },
  },
  {
    id: 'E17',
    what: 'a keepalive of 0 and of 65,535 s',
    run: async (target) => {
      let letIn = 0;
      for (const keepalive of [0, 65_535]) {
        const options = { ...(await target.clientOptions('e17')), keepalive };
        const client = await connectAsync(target.url, options, false).catch(() => null);
        if (client !== null) letIn += 1;
        await client?.endAsync(true);
      }
      if (letIn === 0) return refused('not let in');
      return held(
        'it takes them from clients of 3.1.1; who is online is told by the last proven entry and its age, not by a socket, and there is one connection a name',
      );
    },
  },
  {
    id: 'E18',
    what: `${IDLE_CONNECTIONS} idle connections from one address`,
    run: async (target) => {
      const raws = await Promise.all(
        Array.from({ length: IDLE_CONNECTIONS }, () => openRaw(target.port, null, '127.0.0.18')),
      );
      await systemClock.sleep(300);
      const atOnce = raws.filter((raw) => !raw.isClosed()).length;
      const alive = await isAlive(target, 'e18');
      const gone = await within(11_000, () => raws.every((raw) => raw.isClosed()));
      for (const raw of raws) raw[Symbol.dispose]();
      if (!alive) return failed('a device does not get in beside them');
      if (gone && atOnce < IDLE_CONNECTIONS)
        return refused(`${atOnce} at once, none after 11 s; a device gets in meanwhile`);
      return held(
        `a device gets in beside them; they are bounded by max_connections alone, so the host's firewall has to bound an address (README of deploy/mosquitto)`,
      );
    },
  },
  {
    id: 'E19',
    what: 'a subscriber that never reads',
    run: async (target) => {
      await using cloud = await listenAs(target, 'cloud', []);
      await using good = await listenAs(target, 'e19-good', ['wg/v1/d/e19-good/down']);
      using slow = await signInRaw(target, 'e19-slow');
      slow.write(subscribePacket(['wg/v1/d/e19-slow/down']));
      await systemClock.sleep(200);
      slow.pause();
      const beforeMb = residentMb(target.pid);
      const big = Buffer.alloc(200 * 1024, 0x78);
      for (let index = 0; index < 300; index += 1) {
        cloud.client.publish('wg/v1/d/e19-slow/down', big, { qos: 0 });
        if (index % 10 === 0) await systemClock.sleep(5);
      }
      const startedMs = systemClock.monotonicMs();
      cloud.client.publish('wg/v1/d/e19-good/down', 'for the others', { qos: 0 });
      const arrived = await within(15_000, () => good.heard.length === 1);
      const waitedMs = Math.round(systemClock.monotonicMs() - startedMs);
      const grownMb = Math.round(residentMb(target.pid) - beforeMb);
      const words = `another device had its message after ${waitedMs} ms; ${grownMb} MB more memory`;
      return refusedIf(arrived && waitedMs < MAX_WAIT_MS, words, words);
    },
  },
  {
    id: 'E20',
    what: 'QoS 2 without end and without PUBREL',
    run: async (target) => {
      const beforeMb = residentMb(target.pid);
      await using host = await listenAsHost(target);
      using raw = await signInRaw(target, 'e20');
      const payload = 'x'.repeat(10_000);
      for (let id = 1; id <= 2_000 && !raw.isClosed(); id += 1) {
        raw.write(publishPacket(Buffer.from('wg/v1/d/e20/up'), payload, { qos: 2, id }));
        if (id % 50 === 0) await systemClock.sleep(5);
      }
      const cut = await raw.closesWithin(3_000);
      const grownMb = Math.round(residentMb(target.pid) - beforeMb);
      const alive = await isAlive(target, 'e20-good');
      if (!alive || grownMb > MAX_GROWTH_MB) return failed(`alive ${alive}, ${grownMb} MB more memory`);
      if (cut) return refused(`cut; ${host.heard.length} were handed on`);
      return held(
        `not cut, ${grownMb} MB more memory for 2,000 messages; nothing of ours is sent with QoS 2`,
      );
    },
  },
  {
    id: 'E21',
    what: '10,000 filters',
    run: async (target) => {
      const beforeMb = residentMb(target.pid);
      using raw = await signInRaw(target, 'e21');
      for (let block = 0; block < 10; block += 1) {
        raw.write(
          subscribePacket(
            Array.from({ length: 1_000 }, (_, index) => `wg/v1/d/x${block * 1_000 + index}/down`),
          ),
        );
      }
      const cut = await raw.closesWithin(3_000);
      const grownMb = Math.round(residentMb(target.pid) - beforeMb);
      const alive = await isAlive(target, 'e21-good');
      if (!alive || grownMb > MAX_GROWTH_MB) return failed(`alive ${alive}, ${grownMb} MB more memory`);
      if (cut) return refused('none granted, and the device is cut');
      return held(
        `they cost ${grownMb} MB and hear nothing; they end with the connection, and a name has one`,
      );
    },
  },
];
