import { parseArgs } from 'node:util';
import type { IndicatorSpeech } from '../indicator-lines.ts';
import type { IndicatorOptions } from '../indicator-simulator/indicator.ts';
import { type Faults, faultNames, faultsOf } from './fault-flags.ts';
import { numberOf, WrongFlagError } from './flag-value.ts';
import { speechOf } from './speech-flags.ts';

/** Where the bytes go. */
export type SimLine = { kind: 'tcp'; host: string; port: number } | { kind: 'pty'; directory: string };

/** What a person chose on the command line. */
export interface SimOptions {
  speech: Required<IndicatorSpeech>;
  line: SimLine;
  indicator: IndicatorOptions;
  faults: Faults;
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

/** Reads the command line. Never throws: what is wrong is a value with words. */
export function readSimOptions(args: readonly string[]): ReadSimOptions {
  try {
    return read(args);
  } catch (error) {
    // parseArgs throws TypeErrors with words that are fit for people.
    if (error instanceof WrongFlagError || error instanceof TypeError) {
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
    throw new WrongFlagError(`--interval is 1, 2 or 5 and zeros, not ${interval}.`);
  if (values.unit !== 'kg' && values.unit !== 'lb')
    throw new WrongFlagError(`--unit is kg or lb, not "${values.unit}".`);
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
      faults: faultsOf(values.fault),
      seed: whole('seed', 0, 2 ** 31 - 1),
      speed: numberOf('--speed', values.speed, 0.1, 100),
      frameRateHz: numberOf('--rate', values.rate, 0.1, 1000),
      loadKg: values.load === undefined ? undefined : numberOf('--load', values.load, -100_000, 1_000_000),
    },
  };
}

function lineOf({ host, port, pty }: { host: string; port?: string; pty?: string }): SimLine {
  if (pty !== undefined && port !== undefined) throw new WrongFlagError('--port or --pty, not both.');
  if (pty !== undefined) return { kind: 'pty', directory: pty };
  if (port === undefined) throw new WrongFlagError('Say where with --port N, or with --pty DIR.');
  return { kind: 'tcp', host, port: numberOf('--port', port, 0, 65_535, true) };
}
