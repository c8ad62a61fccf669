import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { type SettingsOrder, systemClock } from '@weighgate/protocol';
import { pino } from 'pino';
import packageJson from '../package.json' with { type: 'json' };
import { startAgent } from './agent.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { PortError } from './kiosk-server/serve.ts';
import { runWithSettings } from './run-with-settings.ts';
import { StoreError } from './store/store-error.ts';

/** What the program ends with. 2: the configuration. 3: something it needs is taken or refused. 1: it could not go on. */
const exitCodes = { ok: 0, failed: 1, config: 2, unavailable: 3 } as const;

/**
 * Runs the agent until a signal, or until standard input ends when `stopWithStdin` says that a supervisor holds it.
 * @returns the exit code
 */
export async function runAgent(
  configFile: string,
  { stopWithStdin }: { stopWithStdin: boolean },
): Promise<number> {
  try {
    const own = readConfig(configFile);
    // Listening comes first: a signal that arrives while starting must stop the agent in order, too.
    const stopped = untilStopped(stopWithStdin);
    const log = pino({ level: own.logLevel, base: { program: 'edge-agent', device: own.device } });
    const start = async (config: Config, onSettings: (order: SettingsOrder) => void) => {
      log.level = config.logLevel;
      const agent = await startAgent(config, {
        clock: systemClock,
        random: Math.random,
        log,
        bootId: bootId(),
        processId: process.pid,
        uptimeMs: () => uptime() * 1000,
        appVersion: packageJson.version,
        commit: process.env.WEIGHGATE_COMMIT ?? null,
        onSettings,
      });
      log.info({ url: agent.url }, 'agent.ready');
      return agent;
    };
    await runWithSettings({
      readConfig: (settings) => readConfig(configFile, settings),
      start,
      stopped,
      clock: systemClock,
      log,
    });
    return exitCodes.ok;
  } catch (thrown) {
    const error = firstFaultOf(thrown);
    if (error instanceof ConfigError) return complain(error.message, exitCodes.config);
    if (error instanceof PortError)
      return complain(`${error.message} Change http.port in ${configFile}.`, exitCodes.unavailable);
    if (error instanceof StoreError)
      return complain(
        error.message,
        error.code === 'commit_unknown' ? exitCodes.failed : exitCodes.unavailable,
      );
    throw thrown;
  } finally {
    // Open, it would keep a process alive that was stopped by a signal, or that cannot go on.
    if (stopWithStdin) process.stdin.destroy();
  }
}

/** On a disk that fails, closing fails too: what came first is the reason. */
function firstFaultOf(thrown: unknown): unknown {
  let error = thrown;
  while (error instanceof SuppressedError) error = error.suppressed;
  return error;
}

function untilStopped(stopWithStdin: boolean): Promise<string> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve('SIGINT'));
    process.once('SIGTERM', () => resolve('SIGTERM'));
    if (stopWithStdin) process.stdin.once('end', () => resolve('stdin ended')).resume();
  });
}

function complain(message: string, exitCode: number): number {
  process.stderr.write(`${message}\n`);
  return exitCode;
}

/** Linux names every boot; elsewhere the process stands for it: monotonic times are then comparable within one run. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return `process-${process.pid}-${Math.round(Date.now() - performance.now())}`;
  }
}
