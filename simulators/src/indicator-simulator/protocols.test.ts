import { describe, expect, test } from 'vitest';
import type { Indication } from './indicator.ts';
import { protocols } from './protocols.ts';
import { grossKg } from './showing.ts';
import type { SimulatedProtocol } from './simulated-protocol.ts';

const protocolNamed = (name: string): SimulatedProtocol => {
  const protocol = protocols.get(name);
  if (protocol === undefined) throw new Error(`no protocol ${name}`);
  return protocol;
};
const textOf = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString('latin1'));
const fromHex = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex').toString('latin1');

const gross = grossKg(12_340);
const moving = grossKg(12_340, { motion: true });
const zero = grossKg(0);
const negative = grossKg(120, { negative: true });
const net = grossKg(4340, { net: true, tare: 8000 });
const pounds = grossKg(12_340, { unit: 'lb' });
const fine = grossKg(4139, { decimals: 3, interval: 1 });
const over = grossKg(null, { outOfRange: true, withheld: 60_200 });
const under = grossKg(null, { outOfRange: true, negative: true, withheld: 420 });

type Row = [name: string, shown: Indication, frame: string | null, options?: Record<string, unknown>];

/** Frames that real devices sent or that a manual prints, byte for byte. */
const realFrames: Row[] = [
  ['mt-continuous', grossKg(15, { interval: 1 }), fromHex('022A302020202020313520202020 20300D41')],
  ['yaohua-xor', zero, fromHex('022b30303030303030314203')],
  ['yaohua-xor', grossKg(1560), fromHex('022b30303135363030313903')],
  ['yaohua-xor', grossKg(1650), fromHex('022b30303136353030313903')],
  ['yaohua-xor', grossKg(2000, { decimals: 2 }), fromHex('022b30303230303032314203')],
  ['yaohua-eq', grossKg(3000, { decimals: 3 }), '=000.3000'],
  ['yaohua-eq', grossKg(100, { decimals: 2, negative: true }), '=00.1000-'],
  ['yaohua-eq', grossKg(3000, { decimals: 3 }), '=0003.000', { order: 'forward' }],
  ['yaohua-eq', grossKg(100, { decimals: 2, negative: true }), '=-0001.00', { order: 'forward' }],
  ['yaohua-a12e', fine, fromHex('57 47 30 30 34 2E 31 33 39 6B 67 33 44 0D 0A')],
  ['yaohua-a12e', over, '         OL23\r\n'],
  ['yaohua-a12e', under, '         LO23\r\n'],
  ['systec-rn', grossKg(20_000), '<000005.06.1813:12   21   20000       0   20000kg     1   27387>'],
  ['gram-pc0', grossKg(0, { decimals: 3 }), fromHex('02 69 20 20 20 30 2E 30 30 30 6B 67 0D 03')],
  ['flintec-fast', grossKg(1234, { decimals: 1 }), '\x02S+000123.4\r\n'],
  ['flintec-fast', grossKg(1234, { decimals: 1, motion: true }), '\x02D+000123.4\r\n'],
  ['flintec-bsi', grossKg(1234, { decimals: 1 }), '01BS+000123.4\r\n', { command: 'B' }],
  [
    'flintec-bsi',
    grossKg(1234, { decimals: 1, net: true, tare: 1111 }),
    '01AS+000123.4+000111.1+000234.5\r\n',
  ],
  ['flintec-bsi', over, '01I+\r\n', { command: 'I' }],
  ['ohaus', grossKg(1340, { decimals: 3, negative: true, net: true, motion: true }), '-  1.340 kg   ?N\r\n'],
  ['radwag', grossKg(185, { decimals: 1, motion: true }), 'SI ?       18.5 kg \r\n'],
  ['toledo-8217', grossKg(750, { decimals: 3 }), '\x0200.750\r'],
  ['st-gs-csv', grossKg(12_345, { decimals: 1 }), 'ST,GS,+  1234.5kg\r\n', { dialect: 't-scale' }],
  ['st-gs-csv', grossKg(1234, { decimals: 2 }), 'ST,GS,+0012.34kg\r\n', { dialect: 'a-and-d' }],
  ['st-gs-csv', grossKg(14_980, { negative: true }), 'ST,GS-  14980,kg\r\n', { dialect: 'tiger' }],
  ['rinstrum-net', grossKg(100), '81050026:     100 kg G\r\n', { register: '0026' }],
];

/** Frames worked out by hand from the grammar. */
const handMade: Row[] = [
  ['mt-sics', gross, 'S S      12340 kg\r\n'],
  ['mt-sics', moving, 'S D      12340 kg\r\n'],
  ['mt-sics', negative, 'S S       -120 kg\r\n'],
  ['mt-sics', over, 'S +\r\n'],
  ['mt-sics', under, 'S -\r\n'],
  ['sma', gross, '\n 1G       12340kg \r'],
  ['sma', { ...net, motion: true }, '\n 1NM       4340kg \r'],
  ['sma', zero, '\nZ1G           0kg \r'],
  ['sma', pounds, '\n 1G F     12340lb \r', { custom: 'F' }],
  ['sma', gross, '\n 1G      12340kg \r', { custom: 'absent' }],
  ['sma', over, '\nO1G       60200kg \r'],
  ['sma', under, '\nU1G        -420kg \r'],
  ['ricelake-condec', gross, '\x02   12340KG \r\n'],
  ['ricelake-condec', { ...net, motion: true }, '\x02    4340KNM\r\n'],
  ['ricelake-condec', zero, '\x02       0KGZ\r\n'],
  ['ricelake-condec', pounds, '\x02   12340LG \r', { end: 'cr' }],
  ['ricelake-condec', under, '\x02-    420KGO\r\n'],
  ['transcell-condec', gross, '\x02    12340 kg GR\r\n'],
  ['transcell-condec', fine, '\x02    4.139 KG GR\r\n', { unitLetters: 'upper' }],
  ['transcell-condec', over, null],
  ['western-df1500', gross, '\x02   12340 KG GR  \r\n'],
  ['western-df1500', negative, '\x02-    120 KG GR -\r\n'],
  ['western-df1500', net, '\x02    4340KG NT  \r\n', { unitBlank: false }],
  ['western-df1500', over, '\x02   60200 KG GR O\r\n'],
  ['st-gs-csv', gross, 'ST,GS,   12340,kg\r\n'],
  ['st-gs-csv', { ...negative, motion: true }, '01US,GS,    -120,kg\r\n', { address: '01' }],
  ['st-gs-csv', over, 'OL,GS,   60200,kg\r\n'],
  ['st-gs-csv', under, 'UL,GS,    -420,kg\r\n'],
  ['st-gs-csv', net, 'ST,NT,+0004340kg\r\n', { dialect: 'a-and-d' }],
  ['st-gs-csv', under, 'LO,GS,        kg\r\n', { dialect: 'a-and-d', outOfRange: 'LO' }],
  ['st-gs-csv', gross, 'ST,GS,+    12340 kg\r\n', { dialect: 'excell' }],
  ['st-gs-csv', over, 'OL,GS,+            \r\n', { dialect: 'excell' }],
  ['st-gs-csv', under, 'OL,GS,-            \r\n', { dialect: 'excell' }],
  ['st-gs-csv', moving, 'US,GS   12340,kg\r\n', { dialect: 'tiger' }],
  // Lamps of a stable gross weight: bits 7, 6, 5 and 2.
  ['cas-22', gross, 'ST,GS,1\xe4,00012340 kg\r\n'],
  ['cas-22', { ...net, motion: true }, 'US,NT,=\x82,00004340 kg\r\n', { deviceId: 13, lampBit5: 0 }],
  ['cas-22', zero, 'ST,GS,1\xe5,00000000 kg\r\n'],
  ['cas-22', negative, 'ST,GS,1\xe4,-0000120 kg\r\n'],
  ['cas-22', over, 'OL,GS,1\xe4,00060200 kg\r\n'],
  ['cas-10', grossKg(135, { decimals: 1 }), '000013.5\r\n'],
  ['cas-10', over, null],
  ['yaohua-xor', over, null],
  // + 0 6 0 2 0 0 0: 2b^30^36^30^32^30^30^30 = 1F, and 1F with 30h added to each half is `1?`.
  ['yaohua-xor', over, '\x02+06020001?\x03', { outOfRange: 'digits', checkLetters: 'plus30' }],
  ['yaohua-command', gross, '\x02AB+01234001C\x03'],
  ['yaohua-a12', grossKg(1250, { decimals: 3 }), 'ww001.250kg\r\n'],
  ['yaohua-a12', net, 'wn0004340kg\r\n'],
  ['keli-d2008-compact', gross, '\x02+012340'],
  ['keli-d2008-compact', negative, '\x02-000120'],
  ['cardinal-sb400', gross, ' 012340kgG  \r'],
  ['cardinal-sb400', zero, ' 000000kgGCZ\r'],
  ['cardinal-sb400', { ...fine, motion: true }, ' 004.139 KG G MO \r', { spaced: true }],
  ['cardinal-sb400', over, ' 060200kgGOC\r'],
  ['cardinal-sb400', under, '-000420kgGee\r'],
  ['cardinal-sb200', gross, '\r 012340. kgG\x03'],
  ['cardinal-sb200', { ...net, motion: true }, '\r 004340.mkgN\x03'],
  ['cardinal-sb200', over, '\r 060200.okgG\x03'],
  ['weightronix-stream', gross, ' G+012340 kg\r\n'],
  ['weightronix-stream', negative, ' G-000120 kg\r', { end: 'cr' }],
  ['weightronix-stream', over, `${' '.repeat(10)}kg\r\n`],
  ['weightronix-wi110', gross, 'G +12340 kg\r\n'],
  ['weightronix-wi110', net, 'N +04340 kg\r\n'],
  ['fairbanks-concon', gross, '\x02 12340K \r'],
  ['fairbanks-concon', { ...pounds, motion: true }, '\x02 12340LM\r'],
  ['fairbanks-concon', under, '\x02      KO\r'],
  ['fairbanks-id', gross, '\x0243 12340\x03'],
  ['fairbanks-id', net, '\x0244  4340\x03'],
  ['fairbanks-id', pounds, '\x0240 12340\x03'],
  ['fairbanks-id', over, '\x0243------\x03'],
  ['fairbanks-id', under, null],
  ['nci-scp', gross, '\n  12340kg\r\n0p0\r\x03'],
  ['nci-scp', moving, '\n  12340kg\r\n10\r\x03', { statusBytes: 2 }],
  ['nci-scp', moving, '\n  12340kg\r\n00\r\x03', { statusBytes: 2, variant: '12' }],
  ['nci-scp', over, '\n^^^^^^^kg\r\n0r0\r\x03'],
  ['nci-scp', under, '\n_______kg\r\n0q0\r\x03'],
  ['nci-scp', net, '\n   4340kg\r\n0p4\r\x03'],
  ['toledo-8217', net, '\x0204340N\r'],
  ['toledo-8217', moving, '\x02?A\r'],
  ['toledo-8217', over, '\x02?B\r'],
  ['toledo-8217', under, '\x02?D\r'],
  ['ohaus', gross, '   12340 kg    G\r\n'],
  ['ohaus', net, '    4340 kg    NET\r\n', { legend: 'G NET' }],
  ['sartorius-sbi', gross, '+    12340 kg \r\n'],
  ['sartorius-sbi', moving, '+    12340    \r\n'],
  ['sartorius-sbi', net, 'N     +     4340 kg \r\n', { characters: 22 }],
  ['sartorius-sbi', over, '      High    \r\n'],
  ['sartorius-sbi', under, 'Stat        L       \r\n', { characters: 22, special: 'letters' }],
  ['rinstrum-fmt1', gross, '\x02   12340G\x03'],
  ['rinstrum-fmt1', moving, '\x02   12340M\x03'],
  ['rinstrum-fmt1', under, '\x02-    420U\x03'],
  ['rinstrum-fmt2', gross, '\x02   12340G  - kg\x03'],
  ['rinstrum-fmt2', moving, '\x02   12340GM -   \x03'],
  ['rinstrum-fmt2', zero, '\x02       0G Z- kg\x03'],
  [
    'rinstrum-net',
    grossKg(20, { net: true, tare: 80, centreOfZero: true }),
    '81050021:00000A00\r\n',
    { register: '0021' },
  ],
  ['bilanciai-d70', gross, '$    12340         0 kg 0201\r\n'],
  ['bilanciai-d70', { ...net, motion: true }, '$     4340      8000 kg 0011\r\n'],
  ['bilanciai-d70', over, '$    60200         0 kg 0641\r\n'],
  ['bilanciai-cb', gross, '$012340\r'],
  ['bilanciai-cb', grossKg(123_450), '$012345\r'],
  ['bilanciai-cb', { ...net, motion: true }, '$104340\r'],
  ['bilanciai-cb', negative, '$300120\r'],
  ['radwag', gross, 'SI        12340 kg \r\n'],
  ['radwag', { ...moving, negative: true }, 'SI  ? -    12340 kg \r\n', { bytes: 22 }],
  ['radwag', over, 'SI ^      60200 kg \r\n'],
  ['dini-extended', net, '1ST,      4340,        8000,         0,kg\r\n'],
  ['systec-rn', moving, '<13>'],
];

/** Registers, in hexadecimal: the last two bytes are the CRC. */
const modbusFrames: Row[] = [
  // 40007: stable, bit 11; gross and net 3034h, peak too; kg and division 20, which is code 2.
  ['laumas-modbus', gross, '01031008000000303400003034000030340002'],
  // 30005: stable and a tare, bits 2 and 5; gross 3034h, net 10F4h.
  ['dini-modbus', net, '01040e00003034000010f4002400000000'],
  ['keli-d2008-modbus', gross, '0103082b30313233343030'],
];

const otherOptions: Record<string, Record<string, unknown[]>> = {
  'mt-continuous': {
    checksum: ['none', 'neg8', 'sum8'],
    variant: ['short'],
    leadingZeros: ['digits'],
    emptyTare: ['blank'],
    dummyZeros: ['implied'],
  },
  sma: { custom: ['F', 'absent'] },
  'ricelake-condec': { end: ['cr'], centreOfZero: [false] },
  'st-gs-csv': { dialect: ['a-and-d', 't-scale', 'excell', 'tiger'], address: ['07'] },
  'cas-22': { lampBit5: [0] },
  'yaohua-xor': { checkLetters: ['plus30'], outOfRange: ['digits'] },
  'yaohua-eq': { order: ['forward'] },
  'yaohua-command': { address: ['B'], checkLetters: ['plus30'] },
  'cardinal-sb400': { leadingZeros: ['spaces'], spaced: [true] },
  'weightronix-stream': { end: ['cr'] },
  'nci-scp': { variant: ['12'], statusBytes: [2] },
  ohaus: { legend: ['G NET', 'none N'] },
  'sartorius-sbi': { characters: [22], special: ['letters'] },
  'rinstrum-net': { address: [5], register: ['0021', '0026'] },
  'flintec-bsi': { address: ['00'], check: [true], command: ['B', 'I'] },
  radwag: { bytes: [22] },
  'transcell-condec': { unitLetters: ['upper'] },
  'western-df1500': { unitBlank: [false] },
  'dini-extended': { address: ['07'] },
  'laumas-modbus': { framing: ['tcp'], unitId: [9] },
  'dini-modbus': { framing: ['tcp'] },
  'keli-d2008-modbus': { framing: ['tcp'] },
};

describe('what real devices sent and what manuals print comes out byte for byte', () => {
  test.each(realFrames)('%s %#', (name, shown, frame, options) => {
    expect(textOf(protocolNamed(name).encode(shown, options))).toBe(frame);
  });
});

describe('frames worked out by hand from the grammar come out byte for byte', () => {
  test.each(handMade)('%s %#', (name, shown, frame, options) => {
    expect(textOf(protocolNamed(name).encode(shown, options))).toBe(frame);
  });
  test.each(modbusFrames)('%s %#', (name, shown, content) => {
    const frame = protocolNamed(name).encode(shown) ?? new Uint8Array();
    expect(Buffer.from(frame.slice(0, -2)).toString('hex')).toBe(content);
  });
});

const table: Indication[] = [gross, moving, zero, negative, net, pounds, fine, over, under].flatMap(
  (shown) => [shown, { ...shown, motion: true }],
);

/** Every protocol with every single option another than usual. */
const variants = [...protocols.values()].flatMap((protocol) => [
  { protocol, options: {} },
  ...Object.entries(otherOptions[protocol.name] ?? {}).flatMap(([name, values]) =>
    values.map((value) => ({ protocol, options: { [name]: value } })),
  ),
]);

describe('for every indication and every option', () => {
  test.each(variants)('$protocol.name $options sends whole bytes, or nothing', ({ protocol, options }) => {
    for (const shown of table) {
      const frame = protocol.encode(shown, options);
      if (frame === null) continue;
      expect(frame.length).toBeGreaterThan(3);
      expect(frame.length).toBeLessThan(80);
    }
  });

  test.each(variants)('$protocol.name $options says a weight other than before', ({ protocol, options }) => {
    if (options !== undefined && 'register' in options) return;
    expect(protocol.encode(gross, options)).not.toEqual(protocol.encode(grossKg(12_360), options));
  });

  test.each(variants)('$protocol.name $options carries what it says it carries', ({ protocol, options }) => {
    const says = protocol.says(options);
    const differs = (one: Indication, other: Indication) =>
      Buffer.from(protocol.encode(one, options) ?? []).compare(
        protocol.encode(other, options) ?? new Uint8Array(),
      ) !== 0;
    const minus = grossKg(120, { negative: true });
    if (says.has('stable')) expect(differs(gross, moving)).toBe(true);
    if (says.has('unit')) expect(differs(gross, pounds)).toBe(true);
    if (says.has('sign')) expect(differs(minus, grossKg(120))).toBe(true);
    if (says.has('mode'))
      expect(differs(grossKg(4340), { ...net, tare: 0 }) || differs(grossKg(4340), net)).toBe(true);
    if (says.has('zero'))
      expect(differs(zero, { ...zero, centreOfZero: false }) || protocol.name === 'dini-modbus').toBe(true);
    if (says.has('overload')) expect(differs(over, grossKg(60_200))).toBe(true);
    if (says.has('underload')) expect(differs(under, grossKg(420))).toBe(true);
    if (!says.has('stable')) expect(differs(gross, moving) && protocol.name !== 'systec-rn').toBe(false);
    if (!says.has('unit')) expect(differs(gross, pounds)).toBe(false);
  });
});

test('options are checked strictly', () => {
  for (const protocol of protocols.values()) expect(() => protocol.encode(gross, { nonsense: 1 })).toThrow();
});
