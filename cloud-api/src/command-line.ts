import { parseArgs } from 'node:util';
import { type Config, readConfig } from './config.ts';
import { ConfigError } from './config-file.ts';

/** Options of `serve` and `migrate`, as people read them. */
export const optionsHelp = `  --config FILE       settings, YAML or JSON; every one has a default
  --data-dir DIR      where everything is kept (default .weighgate/cloud)
  --http-port PORT    port of the HTTP API (default 8080, 0 for any free one)
  --mqtt-port PORT    port of the embedded broker (default 1883, 0 for any free one)
  --enrolment-port PORT  port that devices enrol at, over TLS (default 8443; 0, or --http-port 0, for any free one)
  --log-level LEVEL   fatal, error, warn, info, debug or trace (default info)
  --stop-with-stdin   stop when standard input ends: for a program that supervises this one`;

export interface CommandLine {
  config: Config;
  stopWithStdin: boolean;
}

/**
 * Reads options, then the configuration they name.
 * @throws ConfigError for the first thing that is wrong
 */
export function readCommandLine(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): CommandLine {
  const values = readOptions(args);
  const config = readConfig(values.config, env, {
    dataDir: values['data-dir'],
    httpPort: values['http-port'],
    mqttPort: values['mqtt-port'],
    enrolmentPort: values['enrolment-port'],
    logLevel: values['log-level'],
  });
  return { config, stopWithStdin: values['stop-with-stdin'] };
}

function readOptions(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        config: { type: 'string' },
        'data-dir': { type: 'string' },
        'http-port': { type: 'string' },
        'mqtt-port': { type: 'string' },
        'enrolment-port': { type: 'string' },
        'log-level': { type: 'string' },
        'stop-with-stdin': { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new ConfigError(`${(error as Error).message}\n${optionsHelp}`, { cause: error });
  }
}
