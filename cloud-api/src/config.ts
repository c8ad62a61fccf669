import { z } from 'zod';
import { ConfigError, type ConfigSource, noFile, readConfigFile, shortOf } from './config-file.ts';
import { isNetwork } from './http/client-address.ts';
import { rateTierNames } from './http/rate-tiers.ts';

const isTimeZone = (name: string) => Intl.supportedValuesOf('timeZone').includes(name) || name === 'UTC';
const text = z.string('expected text').min(1, 'expected text that is not empty');
const port = z
  .int('expected a number from 0 to 65535')
  .min(0, 'expected a number from 0 to 65535')
  .max(65_535, 'expected a number from 0 to 65535');
const secret = z.string('expected text').min(16, 'expected at least 16 characters');
const urlOf = (scheme: RegExp, example: string) =>
  z
    .string(`expected an address such as ${example}`)
    .refine((url) => scheme.test(url) && URL.canParse(url), `expected an address such as ${example}`);
const section = 'expected keys and values';

const network = z
  .string('expected a network such as 10.0.0.0/8')
  .refine(isNetwork, 'expected a network such as 10.0.0.0/8');
const origin = z
  .string('expected an origin such as https://console.example')
  .refine(
    (given) => URL.canParse(given) && new URL(given).origin === given,
    'expected an origin such as https://console.example',
  );
const httpSchema = z.strictObject(
  {
    host: text.default('127.0.0.1'),
    port: port.default(8080),
    /** Names under which this server is reached; localhost and addresses always are. */
    hosts: z.array(text, 'expected a list of names').max(50).default([]),
    /** Origins of other servers whose pages may call the API. */
    corsOrigins: z.array(origin, 'expected a list of origins').max(50).default([]),
    /** Proxies whose X-Forwarded-For is believed. */
    trustedProxies: z.array(network, 'expected a list of networks').max(50).default([]),
    /** Networks that may read /metrics, beside loopback. */
    metricsReaders: z.array(network, 'expected a list of networks').max(50).default([]),
    /** How long requests are still taken after SIGTERM, while /health/ready says 503: longer than a balancer needs to see it. */
    drainMs: z
      .int('expected 0 to 60000 milliseconds')
      .min(0, 'expected 0 to 60000 milliseconds')
      .max(60_000, 'expected 0 to 60000 milliseconds')
      .default(500),
  },
  section,
);
const tierLimits = z
  .array(
    z.strictObject({ requests: z.int().min(1).max(1_000_000), seconds: z.int().min(1).max(86_400) }, section),
    'expected a list of limits',
  )
  .min(1)
  .max(5);
const limitsSchema = z.strictObject(
  {
    /** The Redis that replicas count requests in together; left out, each counts by itself. */
    redisUrl: urlOf(/^rediss?:\/\//, 'redis://redis.example:6379').optional(),
    /** Limits that are not the usual ones, by tier. */
    tiers: z.partialRecord(z.enum(rateTierNames), tierLimits, section).default({}),
  },
  section,
);
const embeddedBrokerSchema = z.strictObject(
  { host: text.default('127.0.0.1'), port: port.default(1883) },
  section,
);
const embeddedPostgresSchema = z.strictObject({ port: port.default(0) }, section);
const enrolmentSchema = z.strictObject(
  {
    host: text.default('127.0.0.1'),
    port: port.optional(),
    /** DNS names and addresses at which devices reach this machine, beside loopback. */
    names: z.array(text, 'expected a list of names').max(20).default([]),
  },
  section,
);
const mailSchema = z.strictObject(
  {
    /** The server that takes our mails; without it they are kept and nobody is written to. */
    smtpUrl: urlOf(/^smtps?:\/\//, 'smtps://user:password@mail.example:465').optional(),
    /** Who mails come from. */
    from: z.email('expected an e-mail address').default('weighgate@localhost.localdomain'),
    /** Staff who are told of each new application. */
    noticesTo: z
      .array(z.email('expected an e-mail address').max(254), 'expected a list of e-mail addresses')
      .max(20)
      .default([]),
  },
  section,
);
const webhooksSchema = z.strictObject(
  {
    /** Addresses beside the public ones that webhooks may go to, with their port. */
    allowedAddresses: z
      .array(
        z
          .string('expected an address such as 10.0.0.5:8080')
          .regex(/^(?:[\d.]+|\[[0-9a-f:]+\]):\d{1,5}$/, 'expected an address such as 10.0.0.5:8080'),
        'expected a list of addresses',
      )
      .max(50)
      .default([]),
  },
  section,
);
const isSafeAuthority = (given: string) => {
  if (!URL.canParse(given)) return false;
  const { protocol, hostname, username, password } = new URL(given);
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return username + password === '' && (protocol === 'https:' || (protocol === 'http:' && isHere));
};
const authorityWords = 'expected an https address without a password, or an http one of this machine';
const billingSchema = z.strictObject(
  {
    /** Where numbers of tax invoices are asked for; without it bills that need one wait. */
    allocationUrl: z.string(authorityWords).refine(isSafeAuthority, authorityWords).optional(),
  },
  section,
);
const tracesSchema = z.strictObject(
  {
    /** Where spans are sent, as OTLP over HTTP; without it none are made. */
    otlpUrl: urlOf(/^https?:\/\//, 'http://collector.example:4318/v1/traces').optional(),
  },
  section,
);
const caSchema = z.strictObject({ keyFile: text, certificateFile: text }, section);
const brokerSchema = z.strictObject(
  {
    url: urlOf(/^(mqtts?|tcp|ssl):\/\//, 'mqtt://broker.example:1883').optional(),
    username: text.optional(),
    password: text.optional(),
    /** Name of this replica at the broker; the username when not given. */
    clientId: text.optional(),
    /** Replicas of one group share the devices' messages; only for a broker that knows `$share`, such as Mosquitto 2. */
    sharedGroup: z
      .string('expected a word')
      .regex(/^[a-z0-9-]{1,40}$/, 'expected 1 to 40 characters of a-z, 0-9 and -')
      .optional(),
    embedded: embeddedBrokerSchema.optional(),
  },
  section,
);
const mqttSchema = brokerSchema
  .refine(({ url, embedded }) => url === undefined || embedded === undefined, {
    path: ['embedded'],
    message: 'expected either url (a broker of your own) or embedded, not both',
  })
  .refine(({ url, username }) => url === undefined || username !== undefined, {
    path: ['username'],
    message: 'expected a username, because url is given',
  })
  .refine(({ url, username, password }) => url !== undefined || (username ?? password) === undefined, {
    path: ['username'],
    message: 'expected url beside it: at the embedded broker the cloud has a certificate of its own',
  })
  .refine(({ url, clientId, sharedGroup }) => url !== undefined || (clientId ?? sharedGroup) === undefined, {
    path: ['sharedGroup'],
    message: 'expected url beside it: the embedded broker serves one cloud',
  });

/** Every setting, with its default. The only place that knows them. */
export const configSchema = z.strictObject(
  {
    /** Where everything that must survive a restart is kept. */
    dataDir: text.default('.weighgate/cloud'),
    http: httpSchema.prefault({}),
    limits: limitsSchema.prefault({}),
    mqtt: mqttSchema.prefault({}),
    /** A PostgreSQL server of your own; without it the embedded one runs. */
    databaseUrl: urlOf(/^postgres(ql)?:\/\//, 'postgres://user:password@host:5432/name').optional(),
    embeddedPostgres: embeddedPostgresSchema.prefault({}),
    /** API key that programs of this machine use; made at random and kept in `dataDir/api-key` when not given. */
    apiKey: secret.optional(),
    /** Seals private keys in the database, the same for all replicas; `dataDir/identity-secret` when not given. */
    identitySecretFile: text.optional(),
    /** The TLS listener that devices enrol at. Its port is 8443, or any free one where that of `http` is. */
    enrolment: enrolmentSchema.prefault({}),
    /** A certificate authority of your own (P-256, PEM); made and kept in `dataDir/ca.pem` when not given. */
    ca: caSchema.optional(),
    mail: mailSchema.prefault({}),
    billing: billingSchema.prefault({}),
    traces: tracesSchema.prefault({}),
    webhooks: webhooksSchema.prefault({}),
    timeZone: z
      .string('expected the name of a time zone')
      .refine(isTimeZone, 'expected the name of a time zone such as Asia/Jerusalem')
      .default('Asia/Jerusalem'),
    currency: z
      .string('expected a currency code')
      .regex(/^[A-Z]{3}$/, 'expected a currency code of three capitals such as ILS')
      .default('ILS'),
    /** Folder from which sheets of rates may be taken by their names. */
    ratesDir: text.default('/in'),
    logLevel: z
      .enum(
        ['fatal', 'error', 'warn', 'info', 'debug', 'trace'],
        'expected fatal, error, warn, info, debug or trace',
      )
      .default('info'),
  },
  section,
);
export type Config = z.infer<typeof configSchema>;

/** Settings given on the command line; they win over the environment, which wins over the file. */
export interface ConfigOverrides {
  dataDir?: string | undefined;
  httpPort?: string | undefined;
  mqttPort?: string | undefined;
  enrolmentPort?: string | undefined;
  logLevel?: string | undefined;
}

/**
 * Reads the configuration from file, environment and command line and checks it whole.
 * @param file path of a YAML (or JSON) file; undefined for none
 * @throws ConfigError for the first thing that is wrong
 */
export function readConfig(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  overrides: ConfigOverrides = {},
): Config {
  const source = file === undefined ? noFile() : readConfigFile(file);
  const given = new Map<string, string>();
  const set = (path: readonly [string, ...string[]], value: unknown, from: string) => {
    if (value === undefined || value === '') return;
    setIn(source.values, path, value);
    given.set(path.join('.'), from);
  };
  set(['databaseUrl'], env.DATABASE_URL, 'environment variable DATABASE_URL');
  set(['dataDir'], overrides.dataDir, 'option --data-dir');
  set(['http', 'port'], numberOf(overrides.httpPort), 'option --http-port');
  set(['mqtt', 'embedded', 'port'], numberOf(overrides.mqttPort), 'option --mqtt-port');
  set(['enrolment', 'port'], numberOf(overrides.enrolmentPort), 'option --enrolment-port');
  set(['logLevel'], overrides.logLevel, 'option --log-level');

  const parsed = configSchema.safeParse(source.values, { reportInput: true });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (issue === undefined) throw new ConfigError('configuration: not valid');
  throw new ConfigError(wordsOf(issue, source, given));
}

/** Values that are never repeated in a message: they are, or hold, a password. */
const secrets = [
  'apiKey',
  'billing.allocationUrl',
  'databaseUrl',
  'limits.redisUrl',
  'mail.smtpUrl',
  'mqtt.url',
  'mqtt.password',
];

/** Place, key, what was expected and what was found. */
function wordsOf(issue: z.core.$ZodIssue, source: ConfigSource, given: ReadonlyMap<string, string>): string {
  const unknownKey = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const path = unknownKey === undefined ? issue.path : [...issue.path, unknownKey];
  const key = path.join('.');
  const place = [given.get(key) ?? source.placeOf(path), key].join(' ').trim();
  if (unknownKey !== undefined) {
    return `${place}: not a known key; known here: ${(sections[issue.path.join('.')] ?? []).join(', ')}`;
  }
  // A rule between keys is about the section that holds them: its content says nothing more.
  const isAboutSection = issue.code === 'custom' && typeof issue.input === 'object';
  const found =
    secrets.includes(key) || isAboutSection || issue.input === undefined
      ? ''
      : `, found ${shortOf(issue.input)}`;
  return `${place}: ${issue.message}${found}`;
}

const numberOf = (value: string | undefined) =>
  value !== undefined && /^\d+$/.test(value) ? Number(value) : value;

function setIn(
  values: Record<string, unknown>,
  [key, ...rest]: readonly [string, ...string[]],
  value: unknown,
): void {
  const [next, ...more] = rest;
  if (next === undefined) {
    values[key] = value;
    return;
  }
  const inner = values[key];
  const section = typeof inner === 'object' && inner !== null ? { ...inner } : {};
  setIn(section, [next, ...more], value);
  values[key] = section;
}

const sections: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(configSchema.shape),
  http: Object.keys(httpSchema.shape),
  limits: Object.keys(limitsSchema.shape),
  mqtt: Object.keys(brokerSchema.shape),
  'mqtt.embedded': Object.keys(embeddedBrokerSchema.shape),
  embeddedPostgres: Object.keys(embeddedPostgresSchema.shape),
  enrolment: Object.keys(enrolmentSchema.shape),
  ca: Object.keys(caSchema.shape),
  mail: Object.keys(mailSchema.shape),
  billing: Object.keys(billingSchema.shape),
  traces: Object.keys(tracesSchema.shape),
  webhooks: Object.keys(webhooksSchema.shape),
};
