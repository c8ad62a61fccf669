import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ConfigError, readConfig } from './config.ts';
import { decodeCapture } from './indicator/decode-capture.ts';

const folder = mkdtempSync(join(tmpdir(), 'definition-'));
afterAll(() => rmSync(folder, { recursive: true }));

const make = `
name: ours
framing: { kind: fixed, start: "\\x02", length: 9, end: "\\x03" }
always: { unit: kg }
weight: { from: 2, to: 8 }
columns: [{ from: 1, to: 2, map: { S: { stable: true }, M: { stable: false } } }]
`;

function configFileWith(definition: string): string {
  const file = join(folder, 'agent.yaml');
  writeFileSync(join(folder, 'ours.yaml'), definition);
  writeFileSync(
    file,
    `
site: TEST
device: 01890a5d-ac96-774b-bcce-b302099a8057
dataDir: data
scales:
  - id: scale-1
    line: { kind: tcp, port: 4001 }
    indicator: { model: configurable, definitionFile: ours.yaml }
`,
  );
  return file;
}

test('a make that is not shipped is a file beside the configuration', () => {
  const [scale] = readConfig(configFileWith(make)).scales;
  expect(scale?.indicator.options).toEqual({ name: 'ours', sha256: expect.stringMatching(/^[0-9a-f]{32}$/) });
  const indicator = scale?.indicator;
  const capture = indicator && decodeCapture(indicator, [Buffer.from('\x02S 12340\x03')]);
  expect(capture?.readings).toMatchObject([{ value: '12340', unit: 'kg', stable: true }]);
});

test.each([
  [
    'a column outside the frame',
    make.replace('to: 8', 'to: 12'),
    /ours\.yaml weight: must lie inside the frame/,
  ],
  ['a key not known', `${make}pattern: (a+)+\n`, /ours\.yaml .*pattern/],
  ['a file that is no YAML', '{{', /ours\.yaml cannot be read/],
])('%s stops the start with the name of the file', (_, definition, message) => {
  const file = configFileWith(definition);
  expect(() => readConfig(file)).toThrow(ConfigError);
  expect(() => readConfig(file)).toThrow(message);
});
