import { parseArgs } from 'node:util';

/** What a person chose on the command line. */
export interface DemoOptions {
  /** One truck in and out, through to a bill, then exit. */
  once: boolean;
  /** Last line of output: the outcome as one JSON object. */
  json: boolean;
  /** Bytes over a pair of serial lines instead of TCP. */
  serial: boolean;
  /** How many times faster than life the trucks move, 0.1 to 100. */
  speed: number;
  seed: number;
  dataDir: string;
  cloudPort: number;
  edgePort: number;
  mqttPort: number;
  enrolPort: number;
  scalePort: number;
}

export type ReadOptions =
  | { kind: 'run'; options: DemoOptions }
  | { kind: 'help' }
  | { kind: 'wrong'; message: string };

export const demoUsage = `npm start -- [OPTIONS]        the whole system on this machine, with a simulated weighbridge

  --once             one truck in and out, through to a bill, then exit
  --json             print the outcome as one JSON object on the last line (with --once)
  --speed N          trucks move N times faster (0.1 to 100; default 1)
  --serial           the indicator's bytes go over a serial line (needs socat) instead of TCP
  --seed N           which plant and which trucks (default 1)
  --data DIR         where everything is kept (default .weighgate)
  --cloud-port N     port of the cloud API (default 8480; 0 takes any free one, here and below)
  --edge-port N      port of the agent's weight API (default 8490)
  --mqtt-port N      port of the MQTT broker (default 8483)
  --enrol-port N     port that the agent enrols at (default 8484)
  --scale-port N     TCP port of the simulated indicator (default 8491)
`;

const portOptions = ['cloud-port', 'edge-port', 'mqtt-port', 'enrol-port', 'scale-port'] as const;
type PortTexts = Record<(typeof portOptions)[number], string>;

/** Reads the command line. Never throws: what is wrong is a value with words. */
export function readDemoOptions(args: readonly string[], defaultDataDir: string): ReadOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        once: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        serial: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
        speed: { type: 'string', default: '1' },
        seed: { type: 'string', default: '1' },
        data: { type: 'string', default: defaultDataDir },
        'cloud-port': { type: 'string', default: '8480' },
        'edge-port': { type: 'string', default: '8490' },
        'mqtt-port': { type: 'string', default: '8483' },
        'enrol-port': { type: 'string', default: '8484' },
        'scale-port': { type: 'string', default: '8491' },
      },
    });
    if (values.help) return { kind: 'help' };
    if (values.json && !values.once) return { kind: 'wrong', message: '--json goes with --once.' };
    const whole = (name: 'seed' | (typeof portOptions)[number], max: number) =>
      numberWithin(`--${name}`, values[name], 0, max, true);
    const twins = portOptions.filter((name) => values[name] !== '0' && sharesPort(name, values));
    if (twins.length > 0) {
      const names = twins.map((name) => `--${name}`).join(' and ');
      return {
        kind: 'wrong',
        message: `${names} are the same port. Choose different ones, or 0 for any free one.`,
      };
    }
    return {
      kind: 'run',
      options: {
        once: values.once,
        json: values.json,
        serial: values.serial,
        speed: numberWithin('--speed', values.speed, 0.1, 100, false),
        seed: whole('seed', 2 ** 31 - 1),
        dataDir: values.data,
        cloudPort: whole('cloud-port', 65_535),
        edgePort: whole('edge-port', 65_535),
        mqttPort: whole('mqtt-port', 65_535),
        enrolPort: whole('enrol-port', 65_535),
        scalePort: whole('scale-port', 65_535),
      },
    };
  } catch (error) {
    return { kind: 'wrong', message: (error as Error).message };
  }
}

function sharesPort(name: keyof PortTexts, chosen: PortTexts): boolean {
  return portOptions.some((other) => other !== name && Number(chosen[other]) === Number(chosen[name]));
}

function numberWithin(name: string, text: string, min: number, max: number, whole: boolean): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
    throw new RangeError(
      `${name} must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}, not "${text}".`,
    );
  }
  return value;
}
