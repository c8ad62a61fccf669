import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configSchema, readConfig } from './config.ts';
import { makeTestFolder } from './store/test-database.ts';

function read(text: string, env: Record<string, string> = {}, overrides = {}) {
  using folder = makeTestFolder();
  const file = join(folder.path, 'cloud.yaml');
  writeFileSync(file, text);
  return readConfig(file, env, overrides);
}

test('every setting has a default', () => {
  expect(readConfig(undefined, {})).toEqual({
    dataDir: '.weighgate/cloud',
    http: {
      host: '127.0.0.1',
      port: 8080,
      hosts: [],
      corsOrigins: [],
      trustedProxies: [],
      metricsReaders: [],
      drainMs: 500,
    },
    limits: { tiers: {} },
    enrolment: { host: '127.0.0.1', names: [] },
    mail: { from: 'weighgate@localhost.localdomain', noticesTo: [] },
    billing: {},
    traces: {},
    webhooks: { allowedAddresses: [] },
    mqtt: {},
    embeddedPostgres: { port: 0 },
    timeZone: 'Asia/Jerusalem',
    currency: 'ILS',
    ratesDir: '/in',
    logLevel: 'info',
  });
  expect(read('')).toEqual(readConfig(undefined, {}));
});

test('the example is a configuration, with what is commented out and without, and leaves out no key', () => {
  const example = readFileSync(join(import.meta.dirname, '../cloud.example.yaml'), 'utf8');
  const whole = example.replaceAll(/^( *)# ([a-zA-Z]+: .*)$/gm, '$1$2');
  const { timeZone, currency, logLevel, embeddedPostgres } = readConfig(undefined, {});
  expect(read(example)).toMatchObject({ timeZone, currency, logLevel, embeddedPostgres });
  expect(read(whole)).toMatchObject({ timeZone, currency, logLevel, embeddedPostgres });
  expect(Object.keys(read(whole)).toSorted()).toEqual(Object.keys(configSchema.shape).toSorted());
});

test('a file may be YAML or JSON', () => {
  expect(read('http:\n  port: 0\n')).toMatchObject({ http: { host: '127.0.0.1', port: 0 } });
  expect(read('{"http": {"port": 9000}}')).toMatchObject({ http: { port: 9000 } });
});

test('numbers of tax invoices are asked for over https, or of this machine over http', () => {
  for (const allocationUrl of ['https://tax.example/v1', 'http://127.0.0.1:4700/', 'http://[::1]:1/']) {
    expect(read(`billing: { allocationUrl: "${allocationUrl}" }`).billing).toEqual({ allocationUrl });
  }
});

test('the command line wins over the environment, which wins over the file', () => {
  const text = 'databaseUrl: postgres://file/a\nhttp: {port: 1}\nmqtt: {embedded: {host: 127.0.0.9}}';
  const config = read(
    text,
    { DATABASE_URL: 'postgres://env/b' },
    { httpPort: '2', mqttPort: '3', dataDir: '/d' },
  );
  expect(config).toMatchObject({
    databaseUrl: 'postgres://env/b',
    http: { port: 2 },
    mqtt: { embedded: { host: '127.0.0.9', port: 3 } },
    dataDir: '/d',
  });
});

test.each([
  [
    '# a\n\n# b\n\n# c\nhttp:\n  port: "x"\n',
    'cloud.yaml:7 http.port: expected a number from 0 to 65535, found "x"',
  ],
  ['http:\n  port: 70000', 'cloud.yaml:2 http.port: expected a number from 0 to 65535, found 70000'],
  ['http:\n  host: 1\n', 'cloud.yaml:2 http.host: expected text, found 1'],
  [
    'http:\n\n  prot: 1\n',
    'cloud.yaml:3 http.prot: not a known key; known here: host, port, hosts, corsOrigins, trustedProxies, metricsReaders, drainMs',
  ],
  ['colour: red', 'cloud.yaml:1 colour: not a known key; known here: dataDir, http, limits, mqtt'],
  [
    'mqtt:\n  embedded:\n    prot: 1',
    'cloud.yaml:3 mqtt.embedded.prot: not a known key; known here: host, port',
  ],
  ['http: 8080', 'cloud.yaml:1 http: expected keys and values, found 8080'],
  ['http:', 'cloud.yaml:1 http: expected keys and values, found null'],
  [
    'timeZone: Mars/Olympus',
    'cloud.yaml:1 timeZone: expected the name of a time zone such as Asia/Jerusalem, found "Mars/Olympus"',
  ],
  [
    'currency: shekel',
    'cloud.yaml:1 currency: expected a currency code of three capitals such as ILS, found "shekel"',
  ],
  [
    'logLevel: loud',
    'cloud.yaml:1 logLevel: expected fatal, error, warn, info, debug or trace, found "loud"',
  ],
  ['databaseUrl: mysql://x', 'cloud.yaml:1 databaseUrl: expected an address such as postgres://'],
  ...['http://tax.example', 'https://me:hunter2@tax.example', 'ftp://localhost', 'tax'].map((url) => [
    `billing:\n  allocationUrl: ${url}`,
    'cloud.yaml:2 billing.allocationUrl: expected an https address without a password, or an http one of this machine',
  ]),
  ['mqtt:\n  url: mqtt://b:1883', 'cloud.yaml:1 mqtt.username: expected a username, because url is given'],
  [
    'mqtt:\n  url: mqtt://b:1883\n  username: u\n  embedded: {}',
    'cloud.yaml:4 mqtt.embedded: expected either url',
  ],
  ['mqtt:\n  username: u', 'cloud.yaml:2 mqtt.username: expected url beside it'],
  ['http:\n  port: 1\n  port: 2', 'cloud.yaml:3: not YAML: Map keys must be unique'],
  ['a: [1\nb: 2', 'cloud.yaml:2: not YAML'],
  ['- 1\n- 2', 'cloud.yaml:1: expected keys and values, found [1,2]'],
])('%j is refused with file, line and key', (text, message) => {
  expect(() => read(text)).toThrow(message);
});

test('a secret that is wrong is not printed', () => {
  expect(() => read('apiKey: hunter2')).toThrow('cloud.yaml:1 apiKey: expected at least 16 characters');
  expect(() => read('apiKey: hunter2')).not.toThrow('hunter2');
  expect(() => read('databaseUrl: mysql://me:hunter2@h/d')).not.toThrow('hunter2');
  expect(() => read('billing:\n  allocationUrl: https://me:hunter2@h/')).not.toThrow('hunter2');
});

test('what is wrong in the environment or on the command line is named by where it came from', () => {
  expect(() => readConfig(undefined, { DATABASE_URL: 'nonsense' })).toThrow(
    'environment variable DATABASE_URL databaseUrl: expected an address such as postgres://',
  );
  expect(() => readConfig(undefined, {}, { httpPort: 'many' })).toThrow(
    'option --http-port http.port: expected a number from 0 to 65535, found "many"',
  );
});

test('a file that is not there is said in words', () => {
  expect(() => readConfig('/nowhere/cloud.yaml', {})).toThrow('/nowhere/cloud.yaml: there is no such file');
});
