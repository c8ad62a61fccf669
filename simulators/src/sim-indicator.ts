import { systemClock } from '@weighgate/protocol';
import { protocols } from './indicator-simulator/protocols.ts';
import { PtyPairError } from './pty-pair.ts';
import { runSimIndicator } from './sim-indicator/run-sim.ts';
import { readSimOptions, simUsage } from './sim-indicator/sim-options.ts';
import { WeighbridgeSerialError } from './weighbridge-serial.ts';
import { WeighbridgeTcpError } from './weighbridge-tcp.ts';

async function main(args: readonly string[]): Promise<number> {
  const read = readSimOptions(args);
  if (read.kind === 'help') {
    process.stdout.write(simUsage);
    return 0;
  }
  if (read.kind === 'list') {
    const rows = [...protocols.values()].map(({ name, mode, options }) =>
      `${name.padEnd(20)} ${mode.padEnd(12)} ${Object.keys(options.shape).join(', ')}`.trimEnd(),
    );
    process.stdout.write(`${rows.join('\n')}\n`);
    return 0;
  }
  if (read.kind === 'wrong') {
    process.stderr.write(`${read.message}\n\n${simUsage}`);
    return 2;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  // The launcher is gone, however it went: nobody could stop us any more.
  process.on('disconnect', () => stop.abort());
  process.channel?.unref();
  // Nobody reads what it says any more, as when the terminal was closed.
  process.stdout.on('error', () => stop.abort());
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  try {
    await runSimIndicator(read.options, { clock: systemClock, say, signal: stop.signal });
    return 0;
  } catch (error) {
    const inWords = [WeighbridgeTcpError, PtyPairError, WeighbridgeSerialError];
    if (!inWords.some((kind) => error instanceof kind)) throw error;
    process.stderr.write(`${(error as Error).message}\n`);
    return 3;
  }
}

process.exitCode = await main(process.argv.slice(2));
