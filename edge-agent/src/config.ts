import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import {
  deviceIdSchema,
  massUnitSchema,
  plainTextSchema,
  type RemoteSettings,
  siteCodeSchema,
} from '@weighgate/protocol';
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document as YamlDocument } from 'yaml';
import { z } from 'zod';
import { DefinitionFileError, withDefinitions } from './definition-file.ts';
import { canHaveAlibi } from './indicator/alibi.ts';
import { indicatorConfig } from './indicator/models.ts';
import { faultsOf, sayFault } from './kiosk-server/fault-words.ts';
import { inputFaultsOf } from './lane/position/input-faults.ts';
import { inputModuleConfig, positionSensorsConfig } from './lane/position/position-config.ts';
import { printerConfig } from './lane/printer/printer-config.ts';
import { remoteSettingsConfig, settingsLetIn, withRemoteSettings } from './remote-settings.ts';
import { softwareConfig } from './software-release.ts';
import { timeSyncSourceSchema } from './time-sync.ts';

const port = z.int().min(0).max(65_535);
const tcpLineConfig = z.strictObject({
  kind: z.literal('tcp'),
  host: z.string().min(1).default('127.0.0.1'),
  port: port.min(1),
});
const controlWire = z.enum(['on', 'off', 'leave']).default('on');
const portSettings = {
  baudRate: z.int().min(110).max(921_600).default(9600),
  dataBits: z.literal([7, 8]).default(8),
  parity: z.enum(['none', 'even', 'odd']).default('none'),
  stopBits: z.literal([1, 2]).default(1),
  rts: controlWire,
  dtr: controlWire,
};
const serialLineConfig = z
  .strictObject({
    kind: z.literal('serial'),
    /** Best the stable name under /dev/serial/by-id. */
    path: z.string().min(1),
    ...portSettings,
  })
  .refine(({ rts, dtr }) => (rts === 'leave') === (dtr === 'leave'), {
    path: ['rts'],
    message: 'rts and dtr of a serial port are both left or both set',
  });
const rfc2217LineConfig = z.strictObject({
  kind: z.literal('rfc2217'),
  host: z.string().min(1),
  port: port.min(1),
  ...portSettings,
});
/** As on the plate of the instrument. */
const serialNo = plainTextSchema(40);
/** How a scale's indicator is reached. */
export const lineConfigSchema = z.discriminatedUnion('kind', [
  tcpLineConfig,
  serialLineConfig,
  rfc2217LineConfig,
]);
export type LineConfig = z.infer<typeof lineConfigSchema>;

const scaleId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be 1 to 32 characters of a-z, 0-9 and -');
const scaleConfig = z.strictObject({
  id: scaleId,
  serialNo: serialNo.optional(),
  line: lineConfigSchema,
  indicator: indicatorConfig,
  /** For an indicator that sends only when it is asked. */
  ask: z
    .strictObject({
      intervalMs: z.int().min(50).max(60_000).default(200),
      timeoutMs: z.int().min(50).max(60_000).default(500),
    })
    .prefault({}),
  /** At this weight and above a truck is on the deck. */
  thresholdKg: z.number().positive().max(10_000).default(500),
  /** Max of the instrument. */
  maxKg: z.number().positive().max(1_000_000).default(60_000),
  /** Min of the instrument; nothing below it is registered. */
  minKg: z.number().nonnegative().max(10_000).default(0),
  /** Between two trucks the empty deck has to show zero within this much. */
  zeroBandKg: z.number().nonnegative().max(1_000).default(50),
  /** A reading older than this is not the present weight. */
  staleAfterMs: z.int().min(200).max(60_000).default(1_000),
  /** What the indicator was commissioned to show; anything else is refused. The interval is in that unit. */
  shows: z
    .strictObject({
      unit: massUnitSchema,
      interval: z
        .union([z.string(), z.number()])
        .transform(String)
        .pipe(
          z
            .string()
            .regex(/^(?=.*[1-9])\d{1,6}(\.\d{1,6})?$/, 'must be a decimal number such as 20 or "0.02"'),
        ),
    })
    .optional(),
  /** How long the indicator must have said stable before a weight counts as stable; less than 0.4 s is not legal. */
  holdMs: z.int().min(400).max(60_000).default(1_000),
  /** The indicator's own memory: every weight is kept there before it is registered. Left out, none is asked for. */
  alibi: z.enum(['dini-argeo']).optional(),
  /** What tells whether a truck stands wholly on the deck; left out, nothing does. */
  positionSensors: positionSensorsConfig.optional(),
});

/** Several decks of one weighbridge, weighed as one. */
const sumDeckConfig = z.strictObject({
  id: scaleId,
  serialNo: serialNo.optional(),
  of: z.array(scaleId).min(2).max(8),
  thresholdKg: z.number().positive().max(10_000).default(500),
  /** Max of the weighbridge. */
  maxKg: z.number().positive().max(1_000_000).default(60_000),
  /** Min of the weighbridge; nothing below it is registered. */
  minKg: z.number().nonnegative().max(10_000).default(0),
  /** Between two trucks the empty deck has to show zero within this much. */
  zeroBandKg: z.number().nonnegative().max(1_000).default(50),
  /** Of the weighbridge: what stands between two of its decks is of neither. */
  positionSensors: positionSensorsConfig.optional(),
});

const siteSchema = z.strictObject({
  site: siteCodeSchema,
  device: deviceIdSchema,
  /** Relative to the configuration file. */
  dataDir: z.string().min(1),
  scales: z
    .array(scaleConfig)
    .min(1)
    .max(8)
    .refine(
      (scales) => new Set(scales.map(({ id }) => id)).size === scales.length,
      'two scales have the same id',
    ),
  sumDecks: z.array(sumDeckConfig).max(8).default([]),
  /** Devices with the digital inputs that position sensors are wired to. */
  inputModules: z.array(inputModuleConfig(lineConfigSchema)).min(1).max(8).optional(),
  /** The clocks that days, months and `yyyymmddhhmmss` are read on. */
  timeZone: z
    .string()
    .refine(
      (name) => name === 'UTC' || Intl.supportedValuesOf('timeZone').includes(name),
      'must be the name of a time zone such as Asia/Jerusalem',
    )
    .default('Asia/Jerusalem'),
  /** Whether a person may give a weight that the scale cannot. */
  manualWeights: z.strictObject({ allowed: z.boolean().default(false) }).prefault({}),
  /** Where lists of tares are taken from by name; left out, they can only be sent. */
  importDir: z.string().min(1).optional(),
  http: z
    .strictObject({ host: z.string().min(1).default('127.0.0.1'), port: port.default(8090) })
    .prefault({}),
  /** Left out, the agent weighs and keeps its journal for the day it is connected. */
  mqtt: z
    .strictObject({
      url: z.url({ protocol: /^mqtts?$/, error: 'must be a URL that starts with mqtt:// or mqtts://' }),
      /** For a broker that knows devices by passwords; left out, the certificate of the enrolment is shown. */
      passwordFile: z.string().min(1).optional(),
    })
    .refine(
      ({ url, passwordFile }) => passwordFile !== undefined || url.startsWith('mqtts://'),
      'a certificate needs mqtts://; over mqtt:// give a passwordFile',
    )
    .optional(),
  storage: z
    .strictObject({
      /** With less than this free, no weighing is started. */
      refuseBelowMiB: z.int().min(1).max(1_000_000).default(64),
      /** A file that is given up on a full disk, so that the weighing at hand can be finished; 0 for none. */
      ballastMiB: z.int().min(0).max(1024).default(32),
    })
    .prefault({}),
  /** Left out, tickets are read or fetched over HTTP. */
  printer: printerConfig.optional(),
  /** Left out, there is no backup beside the cloud. The file is best on another medium. */
  backup: z
    .strictObject({ file: z.string().min(1), everyMinutes: z.int().min(1).max(10_080).default(60) })
    .optional(),
  /** Whether weighing goes on while the journal is broken and nobody has acknowledged it. */
  sealBroken: z.enum(['refuse', 'warn']).default('refuse'),
  /** Which containers stand on the deck at a weighing out; see DeskRules. */
  containersAtOut: z.enum(['declared', 'same', 'none']).default('declared'),
  /** Weighing a truck once, with the tare that is stored of it. */
  tares: z
    .strictObject({
      /** For how long a tare holds after it was weighed or typed. */
      validDays: z.int().min(1).max(3650).default(30),
      /** Whether a tare may be used while nobody is signed in. */
      unattended: z.enum(['refuse', 'use']).default('refuse'),
    })
    .prefault({}),
  /** The cloud's lists of trucks, providers and tares; see MasterDataRules. */
  masterData: z
    .strictObject({
      /** From this many days without word from the cloud on, its tares count as stale. */
      taresStaleAfterDays: z.int().min(1).max(3650).default(14),
      /** Stale tares are used and marked, or no truck is weighed once with them. */
      staleTares: z.enum(['mark', 'weigh_both_ways']).default('mark'),
      /** Whether a truck of a revoked provider is weighed and flagged, or refused. */
      revokedProvider: z.enum(['flag', 'deny']).default('flag'),
    })
    .prefault({}),
  /** How many in a thousand loads weighed in are chosen by chance to be looked at. */
  inspectionPerMille: z.int().min(0).max(1000).default(0),
  /** Who is asked whether a time server keeps the clock, and for how long its last answer holds. */
  timeSync: z
    .strictObject({
      source: timeSyncSourceSchema.default('auto'),
      maxAgeHours: z.int().min(1).max(720).default(24),
    })
    .prefault({}),
  /** Left out, the software is identified and its changes are entries, and none is refused. */
  software: softwareConfig.optional(),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  /** What the cloud may set; see RemoteSettings of the protocol. */
  remoteSettings: remoteSettingsConfig.prefault({}),
});
const configSchema = siteSchema.superRefine(({ scales, sumDecks, inputModules = [] }, context) => {
  const addIssue = (path: PropertyKey[], message: string) =>
    context.addIssue({ code: 'custom', path, message });
  for (const [index, { alibi, indicator }] of scales.entries()) {
    if (alibi !== undefined && !canHaveAlibi(indicator))
      addIssue(
        ['scales', index, 'alibi'],
        `${indicator.model} sends no lines that its answers could stand between`,
      );
  }
  for (const fault of inputFaultsOf(inputModules, { scales, sumDecks })) addIssue(fault.path, fault.message);
  const scaleIds = scales.map(({ id }) => id);
  for (const [index, { id, of }] of sumDecks.entries()) {
    const unknown = of.filter((part) => !scaleIds.includes(part));
    if (unknown.length > 0) {
      const message = `there is no scale ${unknown.join(', ')}; known are ${scaleIds.join(', ')}`;
      context.addIssue({ code: 'custom', path: ['sumDecks', index, 'of'], message });
    }
    if (new Set(of).size < of.length)
      context.addIssue({ code: 'custom', path: ['sumDecks', index, 'of'], message: 'names a scale twice' });
    if ([...scaleIds, ...sumDecks.slice(0, index).map((sum) => sum.id)].includes(id))
      context.addIssue({ code: 'custom', path: ['sumDecks', index, 'id'], message: `${id} is taken` });
  }
});
export type Config = z.infer<typeof configSchema>;

/** The configuration cannot be used. The message names file, line and key, one fault a line. */
export class ConfigError extends Error {
  readonly code = 'config_invalid';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ConfigError';
  }
}

/**
 * Reads the agent's configuration: YAML, or JSON, which is YAML too. Paths in it are made absolute.
 * @param settings from the cloud, put into it before it is parsed as a whole; those that the file keeps to itself are not
 * @throws ConfigError for a file that is missing, not YAML, or does not fit
 */
export function readConfig(file: string, settings: RemoteSettings = {}): Config {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigError(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  const config = parseConfig(file, text, settings);
  const fromHere = (path: string) => resolve(dirname(file), path);
  return {
    ...config,
    dataDir: fromHere(config.dataDir),
    ...(config.backup === undefined
      ? {}
      : { backup: { ...config.backup, file: fromHere(config.backup.file) } }),
    ...(config.software === undefined
      ? {}
      : { software: { ...config.software, releaseFile: fromHere(config.software.releaseFile) } }),
    ...(config.importDir === undefined ? {} : { importDir: fromHere(config.importDir) }),
    ...(config.printer?.kind === 'folder'
      ? { printer: { ...config.printer, folder: fromHere(config.printer.folder) } }
      : {}),
    ...(config.mqtt === undefined
      ? {}
      : {
          mqtt: {
            url: config.mqtt.url,
            ...(config.mqtt.passwordFile === undefined
              ? {}
              : { passwordFile: fromHere(config.mqtt.passwordFile) }),
          },
        }),
  };
}

/**
 * Parses configuration text, and reads the definitions of makes that it names.
 * @param file for the error's words, and where relative paths begin @throws ConfigError
 */
export function parseConfig(file: string, text: string, settings: RemoteSettings = {}): Config {
  const lineCounter = new LineCounter();
  const yaml = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: true });
  const lineAt = (offset: number) => lineCounter.linePos(offset).line;
  if (yaml.errors.length > 0) {
    const faults = yaml.errors.map(({ code, message, pos }) => {
      const where = `${file}:${lineAt(pos[0])}`;
      if (code !== 'DUPLICATE_KEY') return `${where} is not YAML: ${message}`;
      return `${where} ${text.slice(pos[0]).split(':', 1)[0]}: stands here twice`;
    });
    throw new ConfigError(faults.join('\n'));
  }
  const given = withSettingsLetIn(definedIn(file, plainValueOf(file, yaml)), settings);
  const parsed = configSchema.safeParse(given, { error: sayFault });
  if (parsed.success) return parsed.data;
  const faults = faultsOf(parsed.error).map(({ path, message }) => {
    const where = `${file}:${lineAt(offsetOf(yaml, path))}`;
    return `${where} ${path.join('.') || '(whole file)'}: ${message}`;
  });
  throw new ConfigError(faults.join('\n'));
}

function plainValueOf(file: string, yaml: YamlDocument): unknown {
  try {
    return yaml.toJS();
  } catch (cause) {
    // An alias without its anchor, or aliases of aliases without end.
    throw new ConfigError(`${file} is not YAML: ${(cause as Error).message}`, { cause });
  }
}

/** Where the key stands that a path names; where it is missing, the key around it. */
function offsetOf(yaml: YamlDocument, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const around = length === 1 ? yaml.contents : yaml.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    const pair = isMap(around)
      ? around.items.find((item) => isScalar(item.key) && item.key.value === key)
      : undefined;
    const node = pair?.key ?? yaml.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

/** A rule that cannot be read lets nothing in; parsing the whole then says what is wrong with it. */
function withSettingsLetIn(given: unknown, settings: RemoteSettings): unknown {
  const rule = z.looseObject({ remoteSettings: remoteSettingsConfig.prefault({}) }).safeParse(given);
  return rule.success ? withRemoteSettings(given, settingsLetIn(settings, rule.data.remoteSettings)) : given;
}

function definedIn(file: string, given: unknown): unknown {
  try {
    return withDefinitions(given, dirname(file));
  } catch (cause) {
    if (cause instanceof DefinitionFileError) throw new ConfigError(cause.message, { cause });
    throw cause;
  }
}
