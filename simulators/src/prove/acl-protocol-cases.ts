import { listenAs, listenAsHost, tryToPublish } from './acl-ears.ts';
import { type AclCase, failed, held, refused, refusedIf } from './acl-outcome.ts';
import { connectPacket, openRaw, packetOf, publishPacket, signInRaw, within } from './acl-raw.ts';
import type { AclTarget } from './acl-target.ts';

const CLOSE_MS = 4_000;

/** Whether a good device gets in and is heard: the broker lives. */
export async function isAlive(target: AclTarget, device: string): Promise<boolean> {
  await using host = await listenAsHost(target);
  await using good = await listenAs(target, device, []);
  await tryToPublish(good.client, `wg/v1/d/${device}/up`, 'alive');
  // Awaited here: what is used is gone when this returns.
  return await within(2_000, () => host.heard.includes(`wg/v1/d/${device}/up alive`));
}

/** Sends bytes after signing in (or before), and sees the connection closed and the broker alive. */
async function closesOn(
  target: AclTarget,
  device: string,
  bytes: readonly Buffer[],
  signedIn = true,
): Promise<string[]> {
  const open: string[] = [];
  for (const [index, one] of bytes.entries()) {
    using raw = signedIn
      ? await signInRaw(target, `${device}-${index}`)
      : await openRaw(target.port, await target.tlsOf(`${device}-${index}`));
    raw.write(one);
    if (!(await raw.closesWithin(CLOSE_MS))) open.push(one.subarray(0, 8).toString('hex'));
  }
  return open;
}

/** Sends messages whose topics are wrong and sees that nothing of them is handed to anybody. */
async function nothingHeard(target: AclTarget, device: string, topics: readonly Buffer[]): Promise<string[]> {
  await using host = await listenAsHost(target);
  for (const [index, topic] of topics.entries()) {
    using raw = await signInRaw(target, `${device}-${index}`);
    raw.write(publishPacket(topic, 'wrong topic'));
    await raw.closesWithin(300);
  }
  return host.heard;
}

/** Faults of the bytes themselves. */
export const protocolCases: readonly AclCase[] = [
  {
    id: 'E01',
    what: 'a CONNECT of MQTT 5',
    run: async (target) => {
      using raw = await openRaw(target.port, await target.tlsOf('e01'));
      raw.write(connectPacket('e01', { level: 5 }));
      await within(CLOSE_MS, () => raw.received().length >= 4 || raw.isClosed());
      const [type, , , code] = raw.received();
      const alive = await isAlive(target, 'e01-good');
      if (!alive) return failed('no device of 3.1.1 gets in after it');
      if (type === 0x20 && code === 0)
        return held('this broker speaks 5; devices speak 3.1.1 and need nothing of 5');
      return refused(`answered with code ${code ?? 'none'}; devices speak 3.1.1, and get in`);
    },
  },
  {
    id: 'E03',
    what: 'a PUBLISH of 10 MiB',
    run: async (target) => {
      await using host = await listenAsHost(target);
      using raw = await signInRaw(target, 'e03');
      raw.write(publishPacket(Buffer.from('wg/v1/d/e03/up'), 'x'.repeat(10 * 1024 * 1024)));
      const closed = await raw.closesWithin(CLOSE_MS);
      return refusedIf(closed && host.heard.length === 0, 'the connection is cut', 'it was taken');
    },
  },
  {
    id: 'E04',
    what: 'QoS 3, reserved types, a length that does not end, wrong flags',
    run: async (target) => {
      const open = await closesOn(target, 'e04', [
        packetOf(0x36, Buffer.from([0, 1, 0x78, 0, 1])),
        packetOf(0x00, Buffer.alloc(2)),
        packetOf(0xf1, Buffer.alloc(2)),
        Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x7f]),
        packetOf(0x80, Buffer.from([0, 1, 0, 1, 0x78, 0])),
      ]);
      const alive = await isAlive(target, 'e04-good');
      if (!alive) return failed('the broker does not serve any more');
      if (open.length === 0) return refused('each is cut, and the broker goes on');
      return failed(`left open: ${open.join(', ')}`);
    },
  },
  {
    id: 'E05',
    what: 'topics that are no UTF-8, or hold U+0000 or U+FFFE',
    run: async (target) => {
      const start = Buffer.from('wg/v1/d/e05-0/up');
      const heard = await nothingHeard(target, 'e05', [
        Buffer.concat([start, Buffer.from([0xff, 0xfe])]),
        Buffer.concat([Buffer.from([0xc0, 0xaf]), start]),
        Buffer.concat([start, Buffer.from([0])]),
        Buffer.concat([start, Buffer.from('\uFFFE')]),
        Buffer.concat([Buffer.from('wg/v1/d/e05-4'), Buffer.from([0]), Buffer.from('/up')]),
      ]);
      return refusedIf(heard.length === 0, 'nobody is handed any of them', `heard: ${heard.join('; ')}`);
    },
  },
  {
    id: 'E06',
    what: 'a topic of 101 levels, and one of 65,535 bytes',
    run: async (target) => {
      const heard = await nothingHeard(target, 'e06', [
        Buffer.from(`wg/v1/d/e06-0/up${'/x'.repeat(96)}`),
        Buffer.from(`wg/v1/d/e06-1/${'u'.repeat(65_535 - 14)}`),
      ]);
      const alive = await isAlive(target, 'e06-good');
      return refusedIf(
        heard.length === 0 && alive,
        'nobody is handed them',
        `alive ${alive}, heard ${heard.length}`,
      );
    },
  },
  {
    id: 'E07',
    what: 'a second CONNECT; a PUBLISH before any',
    run: async (target) => {
      const second = await closesOn(target, 'e07', [connectPacket('e07-0')]);
      const early = await closesOn(
        target,
        'e07-early',
        [publishPacket(Buffer.from('wg/v1/d/e07-early-0/up'), 'early')],
        false,
      );
      return refusedIf(
        second.length + early.length === 0,
        'both are cut',
        `second ${second}, early ${early}`,
      );
    },
  },
  {
    id: 'E08',
    what: 'an empty client id with clean=0',
    run: async (target) => {
      using raw = await openRaw(target.port, await target.tlsOf('e08'));
      raw.write(connectPacket('', { clean: false }));
      const closed = await raw.closesWithin(CLOSE_MS);
      const accepted = raw.received()[0] === 0x20 && raw.received()[3] === 0;
      return refusedIf(closed && !accepted, 'not let in', 'let in');
    },
  },
  {
    id: 'E22',
    what: 'HTTP, SSH and plain MQTT on the port; HTTP inside TLS',
    run: async (target) => {
      const greetings = [
        Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
        Buffer.from('SSH-2.0-x\r\n'),
        connectPacket('e22'),
      ];
      const open: string[] = [];
      for (const greeting of greetings) {
        using raw = await openRaw(target.port, null, '127.0.0.22');
        raw.write(greeting);
        if (!(await raw.closesWithin(CLOSE_MS))) open.push(greeting.toString('latin1').slice(0, 8));
      }
      const inside = await closesOn(target, 'e22', [greetings[0] ?? Buffer.alloc(0)], false);
      return refusedIf(
        open.length + inside.length === 0,
        'each is cut',
        `left open: ${[...open, ...inside].join(', ')}`,
      );
    },
  },
];
