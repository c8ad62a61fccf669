import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Config, ConfigError, parseConfig, readConfig } from './config.ts';
import { models } from './indicator/models.ts';

const good = `site: DEMO
device: gate-1
dataDir: ./data
scales:
  - id: north
    line:
      kind: tcp
      port: 4001
    indicator: { model: mt-continuous }
`;

function faultsOf(text: string): string[] {
  try {
    parseConfig('edge.yaml', text);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

/** What of a configuration is data: its indicators can also frame and decode. */
const dataOf = (config: Config): unknown => JSON.parse(JSON.stringify(config));

describe('a configuration', () => {
  test('with the fewest keys gets the defaults', () => {
    expect(parseConfig('edge.yaml', good)).toMatchObject({
      scales: [
        {
          line: { host: '127.0.0.1' },
          thresholdKg: 500,
          holdMs: 1000,
          indicator: { options: { checksum: 'mt7' } },
        },
      ],
      timeZone: 'Asia/Jerusalem',
      manualWeights: { allowed: false },
      http: { host: '127.0.0.1', port: 8090 },
      logLevel: 'info',
    });
  });

  test('as given in the example is sound, also with every commented line taken in', () => {
    const example = readFileSync(join(import.meta.dirname, '../edge.example.yaml'), 'utf8');
    expect(faultsOf(example)).toEqual([]);
    const whole = example.replaceAll(/^( *)# ([a-zA-Z]+: .*)$/gm, '$1$2');
    expect(whole).toMatch(/^ {6}checksum: mt7/m);
    expect(dataOf(parseConfig('edge.yaml', whole))).toEqual(dataOf(parseConfig('edge.yaml', example)));
  });

  const serial = good.replace(
    'kind: tcp\n      port: 4001',
    'kind: serial\n      path: /dev/ttyS0\n      stopBits: 3',
  );
  test.each([
    [
      'a time zone that nobody has',
      `${good}timeZone: Mars/Olympus\n`,
      ['edge.yaml:10 timeZone: must be the name of a time zone such as Asia/Jerusalem'],
    ],
    ['an unknown key', `${good}colour: red\n`, ['edge.yaml:10 colour: is not known here']],
    [
      'an unknown key inside',
      good.replace('port: 4001', 'port: 4001\n      prot: 1'),
      ['edge.yaml:9 scales.0.line.prot: is not known here'],
    ],
    [
      'a wrong type',
      good.replace('4001', '"a"'),
      ['edge.yaml:8 scales.0.line.port: must be a number, not "a"'],
    ],
    [
      'half a port',
      good.replace('4001', '1.5'),
      ['edge.yaml:8 scales.0.line.port: must be a whole number, not 1.5'],
    ],
    [
      'a number out of range',
      good.replace('4001', '70000'),
      ['edge.yaml:8 scales.0.line.port: must be at most 65535'],
    ],
    [
      'a time of standing still that is not legal',
      good.replace('id: north', 'id: north\n    holdMs: 399'),
      ['edge.yaml:6 scales.0.holdMs: must be at least 400'],
    ],
    ['a missing key', good.replace('device: gate-1\n', ''), ['edge.yaml:1 device: is missing']],
    [
      'a missing key inside',
      good.replace('      port: 4001\n', ''),
      ['edge.yaml:6 scales.0.line.port: is missing'],
    ],
    [
      'an unknown kind',
      good.replace('tcp', 'udp'),
      ['edge.yaml:7 scales.0.line.kind: must be tcp, serial or rfc2217'],
    ],
    [
      'an unknown model',
      good.replace('mt-continuous', 'mt'),
      [
        `edge.yaml:9 scales.0.indicator.model: there is no model mt; known are ${models.map(({ name }) => name).join(', ')}`,
      ],
    ],
    ['an unknown value', serial, ['edge.yaml:9 scales.0.line.stopBits: must be 1 or 2, not 3']],
    [
      'no scale',
      `${good.slice(0, good.indexOf('scales'))}scales: []\n`,
      ['edge.yaml:4 scales: must have at least 1 items'],
    ],
    [
      'a scale that is no group',
      `${good.slice(0, good.indexOf('scales'))}scales: north\n`,
      ['edge.yaml:4 scales: must be a list, not "north"'],
    ],
    [
      'two scales of one name',
      `${good}  - id: north\n    line: { kind: tcp, port: 1 }\n    indicator: { model: mt-continuous }\n`,
      ['edge.yaml:4 scales: two scales have the same id'],
    ],
    [
      'a site that cannot stand on a ticket',
      good.replace('DEMO', 'demo'),
      ['edge.yaml:1 site: must be 2 to 8 characters of A-Z and 0-9'],
    ],
    [
      'a broker that is none',
      `${good}mqtt: { url: "http://x", passwordFile: p }\n`,
      ['edge.yaml:10 mqtt.url: must be a URL that starts with mqtt:// or mqtts://'],
    ],
    ['a key twice', `${good}site: OTHER\n`, ['edge.yaml:10 site: stands here twice']],
    ['nothing in it', '', ['edge.yaml:1 (whole file): must be a group of keys, not empty']],
    ['only text in it', 'hello', ['edge.yaml:1 (whole file): must be a group of keys, not "hello"']],
    [
      'several faults',
      good.replace('DEMO', '1').replace('4001', 'x'),
      ['edge.yaml:1 site: must be text, not 1', 'edge.yaml:8 scales.0.line.port: must be a number, not "x"'],
    ],
  ])('with %s is refused, naming file, line and key', (_what, text, faults) => {
    expect(faultsOf(text)).toEqual(faults);
  });

  test.each(['a: [1', 'a: *none', '\tx: 1', 'a: 1\n---\nb: 2'])('that is not YAML is refused: %j', (text) => {
    const faults = faultsOf(text);
    expect(faults.length).toBeGreaterThan(0);
    for (const fault of faults) expect(fault).toMatch(/^edge\.yaml(:\d+)? is not YAML: /);
  });

  test('may be JSON, which is YAML too', () => {
    const json = JSON.stringify(parse(good));
    expect(dataOf(parseConfig('edge.json', json))).toEqual(dataOf(parseConfig('edge.yaml', good)));
  });

  test('that is not there is refused in words', () => {
    expect(() => readConfig('/nowhere/edge.yaml')).toThrow(/^\/nowhere\/edge.yaml cannot be read: /);
  });

  test('names its folders from where it stands', () => {
    const folder = mkdtempSync(join(tmpdir(), 'weighgate-config-'));
    const file = join(folder, 'edge.yaml');
    writeFileSync(
      file,
      `${good}mqtt: { url: "mqtt://127.0.0.1", passwordFile: secrets/mqtt }\nimportDir: in\n`,
    );
    expect(readConfig(file)).toMatchObject({
      dataDir: join(folder, 'data'),
      importDir: join(folder, 'in'),
      mqtt: { passwordFile: join(folder, 'secrets/mqtt') },
    });
    rmSync(folder, { recursive: true });
  });
});
