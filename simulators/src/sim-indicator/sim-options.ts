import { parseArgs } from 'node:util';
import type { z } from 'zod';
import type { LineFaults } from '../faulty-line.ts';
import type { IndicationFaults } from '../indication-faults.ts';
import type { IndicatorSpeech } from '../indicator-lines.ts';
import type { IndicatorOptions } from '../indicator-simulator/indicator.ts';
import { protocols } from '../indicator-simulator/protocols.ts';

/** Where the bytes go. */
export type SimLine = { kind: 'tcp'; host: string; port: number } | { kind: 'pty'; directory: string };

/** What a person chose on the command line. */
export interface SimOptions {
  speech: Required<IndicatorSpeech>;
  line: SimLine;
  indicator: IndicatorOptions;
  lineFaults: LineFaults;
  indicationFaults: IndicationFaults;
  /** Chance that the cable is pulled, for each second. */
  unplugPerSecond: number;
  /** Chance that a pulled cable is put back, for each second. */
  replugPerSecond: number;
  seed: number;
  /** How many times faster than life trucks move, 0.1 to 100. */
  speed: number;
  frameRateHz: number;
  /** A load that lies there and no trucks; undefined for trucks. */
  loadKg: number | undefined;
}

export type ReadSimOptions =
  | { kind: 'run'; options: SimOptions }
  | { kind: 'help' }
  | { kind: 'list' }
  | { kind: 'wrong'; message: string };

const DEFAULT_REPLUG_PER_SECOND = 0.3;

const lineFaults: Record<string, keyof LineFaults> = {
  split: 'split',
  merge: 'merge',
  drop: 'drop',
  flip: 'flip',
  garble: 'garble',
  stall: 'stall',
  'wrong-baud': 'wrongBaud',
  '7e1-as-8n1': 'parityAsData',
};
const indicationFaultNames: Record<string, keyof IndicationFaults> = {
  frozen: 'frozen',
  'unit-change': 'unitChange',
  'point-change': 'pointChange',
};
const cableFaults = ['unplug', 'replug'];
const faultNames = [...Object.keys(lineFaults), ...Object.keys(indicationFaultNames), ...cableFaults];

export const simUsage = `npm run sim:indicator -- --model M --port N [OPTIONS]     one simulated indicator for any program

  --model M            which protocol it speaks (--list shows them)
  --port N             TCP port it listens on (0 takes any free one)
  --host H             address it listens on (default 127.0.0.1)
  --pty DIR            a serial line in this folder instead of TCP (needs socat)
  --option K=V         an option of the protocol; as often as needed
  --sending HOW        continuous or demand, when other than usual for the protocol
  --load KG            this load lies on the deck and no trucks come
  --unit U             kg or lb (default kg)
  --decimals N         digits behind the point (default 0)
  --interval N         scale interval in the last digit: 1, 2 or 5 and zeros (default 20)
  --max N              maximum, counted in the last digit (default 60000)
  --rate HZ            frames per second (default 10)
  --speed N            trucks move N times faster (0.1 to 100; default 1)
  --seed N             which trucks and which faults (default 1)
  --fault NAME=CHANCE  as often as needed, chance 0 to 1 of each frame, of each second for unplug and replug:
                       ${faultNames.slice(0, 7).join(', ')},
                       ${faultNames.slice(7).join(', ')}
`;

class WrongOption extends Error {}

/** Reads the command line. Never throws: what is wrong is a value with words. */
export function readSimOptions(args: readonly string[]): ReadSimOptions {
  try {
    return read(args);
  } catch (error) {
    // parseArgs throws TypeErrors with words that are fit for people.
    if (error instanceof WrongOption || error instanceof TypeError) {
      return { kind: 'wrong', message: error.message };
    }
    throw error;
  }
}

function read(args: readonly string[]): ReadSimOptions {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      model: text,
      port: text,
      host: { ...text, default: '127.0.0.1' },
      pty: text,
      option: { ...text, multiple: true, default: [] },
      sending: text,
      load: text,
      unit: { ...text, default: 'kg' },
      decimals: { ...text, default: '0' },
      interval: { ...text, default: '20' },
      max: { ...text, default: '60000' },
      rate: { ...text, default: '10' },
      speed: { ...text, default: '1' },
      seed: { ...text, default: '1' },
      fault: { ...text, multiple: true, default: [] },
    },
  });
  if (values.help) return { kind: 'help' };
  if (values.list) return { kind: 'list' };
  const whole = (name: 'decimals' | 'max' | 'seed', min: number, max: number) =>
    numberOf(`--${name}`, values[name], min, max, true);
  const interval = numberOf('--interval', values.interval, 1, 1_000_000, true);
  if (!/^[125]0*$/.test(String(interval)))
    throw new WrongOption(`--interval is 1, 2 or 5 and zeros, not ${interval}.`);
  if (values.unit !== 'kg' && values.unit !== 'lb')
    throw new WrongOption(`--unit is kg or lb, not "${values.unit}".`);
  const faults = faultsOf(values.fault);
  return {
    kind: 'run',
    options: {
      speech: speechOf(values.model, values.option, values.sending),
      line: lineOf(values),
      indicator: {
        unit: values.unit,
        decimals: whole('decimals', 0, 4),
        interval,
        max: whole('max', interval, 999_999),
      },
      lineFaults: picked(lineFaults, faults),
      indicationFaults: picked(indicationFaultNames, faults),
      unplugPerSecond: faults.get('unplug') ?? 0,
      replugPerSecond: faults.get('replug') ?? DEFAULT_REPLUG_PER_SECOND,
      seed: whole('seed', 0, 2 ** 31 - 1),
      speed: numberOf('--speed', values.speed, 0.1, 100),
      frameRateHz: numberOf('--rate', values.rate, 0.1, 1000),
      loadKg: values.load === undefined ? undefined : numberOf('--load', values.load, -100_000, 1_000_000),
    },
  };
}

function speechOf(
  model: string | undefined,
  given: readonly string[],
  sending: string | undefined,
): Required<IndicatorSpeech> {
  if (model === undefined) throw new WrongOption('Say which protocol with --model; --list shows them.');
  const protocol = protocols.get(model);
  if (protocol === undefined) throw new WrongOption(`There is no protocol "${model}"; --list shows them.`);
  if (sending !== undefined && sending !== 'continuous' && sending !== 'demand') {
    throw new WrongOption(`--sending is continuous or demand, not "${sending}".`);
  }
  const options = Object.fromEntries(given.map((pair) => optionOf(pair, protocol.options)));
  const checked = protocol.options.safeParse(options);
  if (!checked.success) {
    const issue = checked.error.issues[0];
    throw new WrongOption(`--option ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'wrong'}`);
  }
  return { protocol, options, sending: sending ?? protocol.mode };
}

/** Numbers and words that are written alike: `01` is an address, 1 a number, as the option has it. */
function optionOf(pair: string, schema: z.ZodObject): [string, unknown] {
  const [name, value] = halvesOf('--option', pair);
  const field = schema.shape[name];
  if (field === undefined) {
    const known = Object.keys(schema.shape);
    throw new WrongOption(
      `There is no option "${name}" here. ${known.length === 0 ? 'This protocol has none.' : `Options: ${known.join(', ')}.`}`,
    );
  }
  const words: Record<string, unknown> = { true: true, false: false };
  const asWritten = (field as z.ZodType).safeParse(value).success;
  return [name, asWritten ? value : (words[value] ?? Number(value))];
}

function lineOf({ host, port, pty }: { host: string; port?: string; pty?: string }): SimLine {
  if (pty !== undefined && port !== undefined) throw new WrongOption('--port or --pty, not both.');
  if (pty !== undefined) return { kind: 'pty', directory: pty };
  if (port === undefined) throw new WrongOption('Say where with --port N, or with --pty DIR.');
  return { kind: 'tcp', host, port: numberOf('--port', port, 0, 65_535, true) };
}

function faultsOf(given: readonly string[]): Map<string, number> {
  return new Map(
    given.map((pair) => {
      const [name, chance] = halvesOf('--fault', pair);
      if (!faultNames.includes(name)) {
        throw new WrongOption(`There is no fault "${name}". Faults: ${faultNames.join(', ')}.`);
      }
      return [name, numberOf(`--fault ${name}`, chance, 0, 1)];
    }),
  );
}

function picked<Key extends string>(
  names: Readonly<Record<string, Key>>,
  faults: ReadonlyMap<string, number>,
): Partial<Record<Key, number>> {
  const chosen: Partial<Record<Key, number>> = {};
  for (const [name, key] of Object.entries(names)) {
    const chance = faults.get(name);
    if (chance !== undefined) chosen[key] = chance;
  }
  return chosen;
}

function halvesOf(flag: string, pair: string): [string, string] {
  const at = pair.indexOf('=');
  if (at < 1) throw new WrongOption(`${flag} is written NAME=VALUE, not "${pair}".`);
  return [pair.slice(0, at), pair.slice(at + 1)];
}

function numberOf(name: string, text: string, min: number, max: number, whole = false): number {
  const value = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
    throw new WrongOption(
      `${name} must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}, not "${text}".`,
    );
  }
  return value;
}
