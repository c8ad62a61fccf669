import { once } from 'node:events';
import { connect } from 'node:net';
import { systemClock } from '@weighgate/protocol';
import { SerialPortMock } from 'serialport';
import { expect, test } from 'vitest';
import { indicationFaults } from './indication-faults.ts';
import { protocols } from './indicator-simulator/protocols.ts';
import type { SimulatedProtocol } from './indicator-simulator/simulated-protocol.ts';
import { seededRandom } from './random.ts';
import { virtualClock } from './virtual-clock.ts';
import { startWeighbridge, type Weighbridge } from './weighbridge.ts';
import { serveWeighbridgeOverSerialMock } from './weighbridge-serial-mock.ts';
import { serveWeighbridgeOverTcp } from './weighbridge-tcp.ts';

const protocolNamed = (name: string): SimulatedProtocol => {
  const protocol = protocols.get(name);
  if (protocol === undefined) throw new Error(`no protocol ${name}`);
  return protocol;
};

/** A weighbridge with 12 340 kg on it, on a clock that stands still after the scale has settled. */
async function settled(name: string, more: { sending?: 'continuous' | 'demand' } = {}) {
  const clock = virtualClock();
  const weighbridge = startWeighbridge({
    clock,
    random: seededRandom(1),
    leftOnDeckKg: 12_340,
    speech: { protocol: protocolNamed(name), ...more },
  });
  await clock.advance(3000);
  return { clock, weighbridge };
}

/** One line of the weighbridge, and all that was heard on it. */
function lineOn(weighbridge: Weighbridge) {
  let heard = '';
  const sink = (frame: Uint8Array) => {
    heard += Buffer.from(frame).toString('latin1');
  };
  const detach = weighbridge.attach(sink);
  const ask = (text: string) => weighbridge.hear(sink, Buffer.from(text, 'latin1'));
  return { ask, detach, heard: () => heard };
}

test('an indicator that must be asked is silent until it is asked', async () => {
  const { clock, weighbridge } = await settled('mt-sics');
  await using _ = weighbridge;
  const line = lineOn(weighbridge);
  await clock.advance(2000);
  expect(line.heard()).toBe('');
  line.ask('SI\r\n');
  expect(line.heard()).toBe('S S      12340 kg\r\n');
});

test('a request may come in pieces, and two requests at once', async () => {
  const { weighbridge } = await settled('mt-sics');
  await using _ = weighbridge;
  const line = lineOn(weighbridge);
  for (const piece of ['S', 'I', '\r']) line.ask(piece);
  expect(line.heard()).toBe('');
  line.ask('\nSI\r\n');
  expect(line.heard()).toBe('S S      12340 kg\r\n'.repeat(2));
});

test('half a request is forgotten when the line has been quiet', async () => {
  const { clock, weighbridge } = await settled('laumas-modbus');
  await using _ = weighbridge;
  const line = lineOn(weighbridge);
  line.ask('\x01\x03\x00');
  await clock.advance(600);
  line.ask('\x01\x03\x00\x06\x00\x03\xe5\xca');
  expect(Buffer.from(line.heard(), 'latin1').toString('hex').slice(0, 18)).toBe('010306080000003034');
});

test('noise without an end is bounded and does not stop the indicator', async () => {
  const { clock, weighbridge } = await settled('mt-sics');
  await using _ = weighbridge;
  const line = lineOn(weighbridge);
  for (let times = 0; times < 1000; times += 1) line.ask('x'.repeat(1000));
  await clock.advance(600);
  line.ask('SI\r\n');
  expect(line.heard()).toBe('S S      12340 kg\r\n');
});

test('frames that one line asked for do not come on another', async () => {
  const { clock, weighbridge } = await settled('mt-sics');
  await using _ = weighbridge;
  const [asking, other] = [lineOn(weighbridge), lineOn(weighbridge)];
  asking.ask('SIR\r\n');
  await clock.advance(1000);
  expect(asking.heard().split('\r\n').length).toBeGreaterThan(15);
  expect(other.heard()).toBe('');
  asking.ask('SI\r\n');
  const before = asking.heard();
  await clock.advance(1000);
  expect(asking.heard()).toBe(before);
});

test('a continuous indicator can be told to wait for requests, and one on request to send', async () => {
  const quiet = await settled('cardinal-sb400', { sending: 'demand' });
  await using _quiet = quiet.weighbridge;
  const quietLine = lineOn(quiet.weighbridge);
  await quiet.clock.advance(1000);
  expect(quietLine.heard()).toBe('');
  quietLine.ask('\x05');
  expect(quietLine.heard()).toBe(' 012340kgG  \r');

  const talking = await settled('mt-sics', { sending: 'continuous' });
  await using _talking = talking.weighbridge;
  const talkingLine = lineOn(talking.weighbridge);
  await talking.clock.advance(1000);
  expect(talkingLine.heard().length).toBeGreaterThan(19 * 10);
});

test('a tare that came over the line is on the display at once', async () => {
  const { weighbridge } = await settled('mt-sics');
  await using _ = weighbridge;
  const line = lineOn(weighbridge);
  line.ask('T\r\nSI\r\n');
  expect(line.heard()).toBe('T S      12340 kg\r\nS S          0 kg\r\n');
});

test('options that a protocol has not are our mistake', () => {
  const speech = { protocol: protocolNamed('mt-sics'), options: { nonsense: 1 } };
  expect(() => startWeighbridge({ clock: virtualClock(), random: seededRandom(1), speech })).toThrow(
    'nonsense',
  );
});

test('requests are answered over a SerialPortMock', async () => {
  const { weighbridge } = await settled('mt-sics');
  await using _ = weighbridge;
  await using _served = serveWeighbridgeOverSerialMock(weighbridge, '/dev/ttyASKED');
  const port = new SerialPortMock({ path: '/dev/ttyASKED', baudRate: 9600 });
  await once(port, 'open');
  port.write('SI\r\n');
  const [heard] = await once(port, 'data');
  expect(String(heard)).toBe('S S      12340 kg\r\n');
  const closed = once(port, 'close');
  port.close();
  await closed;
});

test('requests are answered over TCP, each client for itself', async () => {
  const speech = { protocol: protocolNamed('mt-sics') };
  await using weighbridge = startWeighbridge({
    clock: systemClock,
    random: seededRandom(1),
    speech,
    speed: 20,
  });
  await using server = await serveWeighbridgeOverTcp(weighbridge, { host: '127.0.0.1', port: 0 });
  const [asking, other] = [connect(server.port, '127.0.0.1'), connect(server.port, '127.0.0.1')];
  await Promise.all([once(asking, 'connect'), once(other, 'connect')]);
  let otherHeard = 0;
  other.on('data', (chunk: Buffer) => {
    otherHeard += chunk.length;
  });
  asking.write('SI\r\n');
  const [heard] = await once(asking, 'data');
  expect(String(heard)).toMatch(/^S [SD] {2,10}-?\d+ kg\r\n$/);
  expect(otherHeard).toBe(0);
  asking.destroy();
  other.destroy();
});

test.each([...protocols.values()].map((protocol) => [protocol.name, protocol] as const))(
  'a truck comes, is tared and leaves, one too heavy comes, keys are played with: %s goes on',
  async (_, protocol) => {
    const clock = virtualClock();
    const random = seededRandom(4);
    await using weighbridge = startWeighbridge({
      clock,
      random,
      speech: { protocol, sending: 'continuous' },
      disturb: indicationFaults(random.fork('display'), {
        unitChange: 0.05,
        pointChange: 0.05,
        frozen: 0.01,
      }),
    });
    const line = lineOn(weighbridge);
    await clock.advance(2000);
    for (const massKg of [24_680, 75_000]) {
      const arriving = weighbridge.driveOn(massKg, 3);
      await clock.advance(10_000);
      await arriving;
      weighbridge.press('tare');
      await clock.advance(1000);
      const leaving = weighbridge.driveOff();
      await clock.advance(10_000);
      await leaving;
      weighbridge.press('clear');
    }
    expect(line.heard().length).toBeGreaterThan(1000);
  },
);
