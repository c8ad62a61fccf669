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
  /** Of `backup` and `restore`. */
  folder: string | undefined;
  epochOnly: boolean;
}

/**
 * Reads options, then the configuration they name.
 * @param takesFolder whether one word beside the options is allowed
 * @throws ConfigError for the first thing that is wrong
 */
export function readCommandLine(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  takesFolder = false,
): CommandLine {
  const { values, positionals } = readOptions(args, takesFolder);
  const [folder, tooMuch] = positionals;
  if (tooMuch !== undefined) throw new ConfigError(`one folder is enough, found "${tooMuch}" beside it`);
  const config = readConfig(values.config, env, {
    dataDir: values['data-dir'],
    httpPort: values['http-port'],
    mqttPort: values['mqtt-port'],
    enrolmentPort: values['enrolment-port'],
    logLevel: values['log-level'],
  });
  return { config, stopWithStdin: values['stop-with-stdin'], folder, epochOnly: values['epoch-only'] };
}

function readOptions(args: readonly string[], takesFolder: boolean) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: takesFolder,
      options: {
        'epoch-only': { type: 'boolean', default: false },
        config: { type: 'string' },
        'data-dir': { type: 'string' },
        'http-port': { type: 'string' },
        'mqtt-port': { type: 'string' },
        'enrolment-port': { type: 'string' },
        'log-level': { type: 'string' },
        'stop-with-stdin': { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new ConfigError(`${(error as Error).message}\n${optionsHelp}`, { cause: error });
  }
}
