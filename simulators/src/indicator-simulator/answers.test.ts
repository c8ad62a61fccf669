import { describe, expect, test } from 'vitest';
import { crcCcittOf } from './crc-ccitt.ts';
import { crc16ModbusOf } from './crc16-modbus.ts';
import { bsiCheckOf } from './flintec-bsi.ts';
import type { Indication } from './indicator.ts';
import { protocols } from './protocols.ts';
import { grossKg } from './showing.ts';
import type { IndicatorPanel } from './simulated-protocol.ts';
import { bytesOf } from './wire-weight.ts';

const standing = grossKg(12_340);
const moving = grossKg(12_340, { motion: true });

/** A panel whose keys do what the display of a real one does: tare shows net, and nothing is done in motion. */
function panelShowing(shown: Indication) {
  let indication = shown;
  const pressed: string[] = [];
  const streamed: boolean[] = [];
  const panel: IndicatorPanel = {
    get indication() {
      return indication;
    },
    press(button) {
      if (button !== 'clear' && indication.motion) return 'refused';
      if (button === 'zero' && (indication.displayed ?? 0) > 1000) return 'refused';
      pressed.push(button);
      if (button === 'tare')
        indication = { ...indication, net: true, tare: indication.displayed ?? 0, displayed: 0 };
      return 'done';
    },
    stream: (on) => streamed.push(on),
  };
  return { panel, pressed, streamed };
}

function answerOf(name: string, request: string, shown: Indication, options?: Record<string, unknown>) {
  const answer = protocols.get(name)?.answer(bytesOf(request), panelShowing(shown).panel, options);
  return answer === null || answer === undefined ? null : Buffer.from(answer).toString('latin1');
}

type Row = [
  name: string,
  request: string,
  shown: Indication,
  answer: string | null,
  options?: Record<string, unknown>,
];

const exchanges: Row[] = [
  ['mt-sics', 'SI\r\n', moving, 'S D      12340 kg\r\n'],
  ['mt-sics', 'S\r\n', moving, 'S I\r\n'],
  ['mt-sics', 'S\r\n', standing, 'S S      12340 kg\r\n'],
  ['mt-sics', 'Z\r\n', moving, 'Z I\r\n'],
  ['mt-sics', 'Z\r\n', standing, 'Z +\r\n'],
  ['mt-sics', 'Z\r\n', grossKg(20), 'Z A\r\n'],
  ['mt-sics', 'T\r\n', standing, 'T S      12340 kg\r\n'],
  ['mt-sics', 'TAC\r\n', standing, 'TAC A\r\n'],
  ['mt-sics', 'Q\r\n', standing, 'ES\r\n'],
  ['sma', '\nW\r', standing, '\n 1G       12340kg \r'],
  ['sma', '\nT\r', moving, '\nT1GM ----------kg \r'],
  ['sma', '\nM\r', grossKg(4340, { net: true, tare: 8000 }), '\n 1T        8000kg \r'],
  ['sma', '\nY\r', standing, '\n?\r'],
  ['st-gs-csv', 'READ\r\n', standing, 'ST,GS,   12340,kg\r\n'],
  ['st-gs-csv', 'TARE\r\n', standing, 'OK\r\n'],
  ['st-gs-csv', '01ZERO\r\n', moving, '01ERR03\r\n', { address: '01' }],
  ['st-gs-csv', '02READ\r\n', standing, null, { address: '01' }],
  ['st-gs-csv', 'HELLO\r\n', standing, 'ERR04\r\n'],
  ['st-gs-csv', 'MT\r\n', standing, 'MT\r\n', { dialect: 'a-and-d' }],
  ['st-gs-csv', 'MZ\r\n', moving, 'I\r\n', { dialect: 'a-and-d' }],
  ['dini-extended', 'REXT\r\n', standing, '1ST,     12340,           0,         0,kg\r\n'],
  ['cas-22', 'D01KZ\r\n', grossKg(20), 'D01KZ\r\n'],
  ['cas-22', 'D02KZ\r\n', grossKg(20), null],
  // Requests and the check of the answers as the A9+ manual prints them: A is 00, B is 03.
  ['yaohua-command', '\x02AA00\x03', standing, '\x02AA00\x03'],
  ['yaohua-command', '\x02AB03\x03', standing, '\x02AB+01234001C\x03'],
  ['yaohua-command', '\x02AB04\x03', standing, null],
  ['yaohua-command', '\x02AB03\x03', standing, '\x02AB03\x03\x02AB+01234001C\x03', { echo: true }],
  ['yaohua-command', '\x02BB00\x03', standing, null],
  ['cardinal-sb400', '\x05', standing, ' 012340kgG  \r'],
  ['nci-scp', 'S\r', grossKg(0), '\n2p0\r\x03'],
  ['nci-scp', 'X\r', standing, '\n?\r\x03'],
  ['toledo-8217', 'W', standing, '\x0212340\r'],
  ['toledo-8217', 'Z', standing, '\x02?H\r'],
  ['ohaus', 'IP\r\n', standing, '   12340 kg    G\r\n'],
  ['sartorius-sbi', '\x1bP', standing, '+    12340 kg \r\n'],
  ['flintec-bsi', '01P\r\n', moving, '01PN\r\n'],
  ['flintec-bsi', '01T\r\n', standing, '01TA\r\n'],
  ['flintec-bsi', '01P4F\r\n', standing, `01PS+00012340${bsiCheckOf('01PS+00012340')}\r\n`, { check: true }],
  ['flintec-bsi', '01P4E\r\n', standing, null, { check: true }],
  ['systec-rn', '<RN>', grossKg(20, { negative: true }), '<20>'],
  ['systec-rn', '<RM>', grossKg(20, { negative: true }), '<20>'],
  ['radwag', 'S\r\n', standing, 'S A\r\nS         12340 kg \r\n'],
  ['radwag', 'S\r\n', moving, 'S A\r\nS E\r\n'],
  ['radwag', 'Z\r\n', grossKg(20), 'Z A\r\nZ D\r\n'],
  ['rinstrum-net', '20050026:;', grossKg(100), '81050026:     100 kg G;'],
  ['rinstrum-net', '20110026:\r\n', grossKg(100), '81110026:00000064\r\n'],
  ['rinstrum-net', '21110027:;', grossKg(20, { negative: true }), '81110027:FFFFFFEC;'],
  ['rinstrum-net', '21100300:;', standing, 'C1100300:0601;'],
  ['rinstrum-net', '22050026:;', standing, null],
];

describe('what is asked is answered as the manual has it', () => {
  test.each(exchanges)('%s %j %#', (name, request, shown, answer, options) => {
    expect(answerOf(name, request, shown, options)).toBe(answer);
  });
});

test('the check values of the catalogues come out: CRC-16 of Modbus, CRC-CCITT, the Flintec example', () => {
  expect(crc16ModbusOf(bytesOf('123456789'))).toBe(0x4b37);
  expect(crcCcittOf(bytesOf('123456789'))).toBe(0x29b1);
  expect(bsiCheckOf('01P')).toBe('4F');
});

test('continuous sending is asked for with SIR, R, SX and C1, and the next command ends it', () => {
  const streamsAfter = (name: string, request: string) => {
    const { panel, streamed } = panelShowing(standing);
    protocols.get(name)?.answer(bytesOf(request), panel);
    return streamed.at(-1);
  };
  expect(streamsAfter('mt-sics', 'SIR\r\n')).toBe(true);
  expect(streamsAfter('mt-sics', '@\r\n')).toBe(false);
  expect(streamsAfter('sma', '\nR\r')).toBe(true);
  expect(streamsAfter('sma', '\nW\r')).toBe(false);
  expect(streamsAfter('ricelake-condec', 'SX\r')).toBe(true);
  expect(streamsAfter('ricelake-condec', 'EX\r')).toBe(false);
  expect(streamsAfter('radwag', 'C1\r\n')).toBe(true);
});

test('a request is whole when its end is there, not before', () => {
  const lengthOf = (name: string, received: string, options?: unknown) =>
    protocols.get(name)?.requestLength(bytesOf(received), options);
  expect(lengthOf('mt-sics', 'SI\r')).toBe(0);
  expect(lengthOf('mt-sics', 'SI\r\nS')).toBe(4);
  expect(lengthOf('yaohua-command', '\x02AB03')).toBe(0);
  expect(lengthOf('yaohua-command', '\x02AB03\x03')).toBe(6);
  expect(lengthOf('systec-rn', '<RN')).toBe(0);
  expect(lengthOf('systec-rn', '<RN>')).toBe(4);
  expect(lengthOf('rinstrum-net', '20050026:;')).toBe(10);
  expect(lengthOf('laumas-modbus', '\x01\x03\x00\x06\x00\x08\xa4')).toBe(0);
  expect(
    lengthOf('laumas-modbus', '\x00\x01\x00\x00\x00\x06\x01\x03\x00\x06\x00\x08', { framing: 'tcp' }),
  ).toBe(12);
});

/** Of a Modbus RTU request without its CRC. */
function modbusAnswer(name: string, contentHex: string, shown: Indication): string | null {
  const content = Buffer.from(contentHex, 'hex');
  const crc = Buffer.alloc(2);
  crc.writeUInt16LE(crc16ModbusOf(content));
  const answer = protocols.get(name)?.answer(Buffer.concat([content, crc]), panelShowing(shown).panel);
  return answer === null || answer === undefined ? null : Buffer.from(answer.slice(0, -2)).toString('hex');
}

test('a Modbus slave answers reads, refuses registers it has not, and is silent for others', () => {
  // 40007 to 40009: status and gross in one read.
  expect(modbusAnswer('laumas-modbus', '010300060003', standing)).toBe('010306080000003034');
  expect(modbusAnswer('laumas-modbus', '010303e80001', standing)).toBe('018302');
  expect(modbusAnswer('laumas-modbus', '010100060001', standing)).toBe('018101');
  expect(modbusAnswer('laumas-modbus', '010300060000', standing)).toBe('018303');
  expect(modbusAnswer('laumas-modbus', '020300060003', standing)).toBe(null);
  expect(modbusAnswer('dini-modbus', '010400040001', standing)).toBe('0104020004');
  expect(modbusAnswer('keli-d2008-modbus', '010300010004', grossKg(1560))).toBe('0103082b30303135363030');
});

test('a damaged Modbus request is not answered', () => {
  const request = Buffer.from('0103000600030000', 'hex');
  expect(protocols.get('laumas-modbus')?.answer(request, panelShowing(standing).panel)).toBe(null);
});

test('a Modbus TCP answer carries the transaction of its request', () => {
  const request = Buffer.from('abcd00000006010300070002', 'hex');
  const answer = protocols
    .get('laumas-modbus')
    ?.answer(request, panelShowing(standing).panel, { framing: 'tcp' });
  expect(Buffer.from(answer ?? []).toString('hex')).toBe('abcd0000000701030400003034');
});

test('a command register that is written presses the key', () => {
  const { panel, pressed } = panelShowing(standing);
  const request = Buffer.from('000100000006010600050007', 'hex');
  const answer = protocols.get('laumas-modbus')?.answer(request, panel, { framing: 'tcp' });
  expect(Buffer.from(answer ?? []).toString('hex')).toBe('000100000006010600050007');
  expect(pressed).toEqual(['tare']);
});
