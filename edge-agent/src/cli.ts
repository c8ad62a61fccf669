import { parseArgs } from 'node:util';
import { certificateCommand } from './certificate-command.ts';
import { commissionCommand } from './commission-command.ts';
import { ConfigError } from './config.ts';
import { decodeCommand } from './decode-command.ts';
import { detectCommand } from './detect-command.ts';
import { enrolCommand } from './enrol-command.ts';
import { bootId, runAgent } from './main.ts';
import { operatorCommand } from './operator-command.ts';
import { releaseCommand } from './release-command.ts';
import { repairCommand } from './repair-command.ts';
import { replayCommand } from './replay-command.ts';
import { acknowledgeSealCommand, backupCommand, keyCommand, restoreCommand } from './store-commands.ts';
import { ticketsCommand } from './tickets-command.ts';
import { UsageError } from './usage-error.ts';
import { verifyCommand } from './verify-command.ts';
import { verifyTicketCommand } from './verify-ticket-command.ts';

interface Command {
  usage: string;
  does: string;
  /** Resolves with the exit code. */
  run(args: string[]): number | Promise<number>;
}

/** Every command; each reads its own options. */
const commands: Readonly<Record<string, Command>> = {
  run: {
    usage: 'run [--config FILE]',
    does: 'weigh: read the indicator, serve the weight API, sync the journal',
    run: (args) => {
      const { values } = parseArgs({
        args,
        options: {
          config: { type: 'string', default: 'edge.yaml' },
          'stop-with-stdin': { type: 'boolean', default: false },
        },
      });
      return runAgent(values.config, { stopWithStdin: values['stop-with-stdin'] });
    },
  },
  decode: {
    usage: 'decode [--model MODEL [--option KEY=VALUE] FILE]',
    does: 'read bytes: JSON lines {id, protocol, options, bytes_hex | chunks_hex} on standard input, or a capture in a file',
    run: decodeCommand,
  },
  detect: {
    usage: 'detect PATH|HOST:PORT [--seconds N] [--baud N]... [--ask]',
    does: 'listen to an indicator and say which models fit; 0 when exactly one does. --ask writes questions to it',
    run: detectCommand,
  },
  commission: {
    usage: 'commission [--config FILE] [--scale ID]',
    does: 'prove the settings of a scale with somebody at it; writes a record and its configuration. The agent must not run',
    run: (args) => commissionCommand(args, Math.random),
  },
  operator: {
    usage: 'operator add NAME --role weigher|supervisor | operator pin NAME   [--config FILE]',
    does: 'make an operator, or give one a new PIN and unblock; asks for the PIN. The agent must not run',
    run: (args) => operatorCommand(args, bootId()),
  },
  enrol: {
    usage: 'enrol URL TOKEN [--config FILE]',
    does: 'make this device known to the cloud with a one-time token from: npm run cloud -- device token SITE',
    run: enrolCommand,
  },
  verify: {
    usage: 'verify [--public-key KEY] [--config FILE]',
    does: 'walk the whole journal, signatures and all, and say whether it is intact, or which entry is not',
    run: verifyCommand,
  },
  certificate: {
    usage: 'certificate --from TIME --to TIME | --seqs FIRST-LAST   --out FILE [--config FILE]',
    does: 'sign how many entries, weighings, kilograms and tickets the journal has of a period, for the cloud to compare',
    run: certificateCommand,
  },
  tickets: {
    usage: 'tickets [--last N] [--config FILE]',
    does: 'print the last tickets, each proven by the journal; also without an agent, and on a read-only disk',
    run: ticketsCommand,
  },
  'verify-ticket': {
    usage: 'verify-ticket PAYLOAD --key PUBLIC-KEY',
    does: 'say whether a device signed what the QR code of a ticket says; needs neither agent nor network',
    run: verifyTicketCommand,
  },
  replay: {
    usage: 'replay SESSION [--svg FILE] [--config FILE]',
    does: 'read the frames kept with the weights of a session once more; the curve as text and as a drawing',
    run: replayCommand,
  },
  release: {
    usage: 'release --key PEM FILE',
    does: 'sign the software as it stands here, for agents that weigh only with what was released',
    run: releaseCommand,
  },
  key: {
    usage: 'key [--config FILE]',
    does: 'print the public key that this device signs with',
    run: keyCommand,
  },
  'acknowledge-seal': {
    usage: 'acknowledge-seal --by NAME --reason TEXT [--config FILE]',
    does: 'answer for weighing on with a broken journal; an entry keeps who and why. The agent must not run',
    run: acknowledgeSealCommand,
  },
  backup: {
    usage: 'backup FILE [--config FILE]',
    does: 'write a copy of the database and check it, also beside a running agent',
    run: backupCommand,
  },
  repair: {
    usage: 'repair [--backup FILE]... [--begin-empty] [--config FILE]',
    does: 'weigh again after damage to the database: a new life from the first good backup. The agent must not run',
    run: repairCommand,
  },
  restore: {
    usage: 'restore FILE [--config FILE]',
    does: 'put a backup in the place of the database, which is kept aside; a new life begins. The agent must not run',
    run: restoreCommand,
  },
};

const usageOf = ({ usage, does }: Command) => `  ${usage}\n      ${does}\n`;
const usage = `npm run edge -- COMMAND

${Object.values(commands).map(usageOf).join('')}
The configuration is edge.yaml unless --config names another.
`;

async function main([name, ...args]: string[]): Promise<number> {
  if (name === '--help' || name === 'help') {
    process.stdout.write(usage);
    return 0;
  }
  const command = name === undefined ? undefined : commands[name];
  if (command === undefined) {
    process.stderr.write(
      `${name === undefined ? 'Say what to do.' : `There is no command ${name}.`}\n\n${usage}`,
    );
    return 2;
  }
  if (args.includes('--help')) {
    process.stdout.write(`npm run edge -- COMMAND\n\n${usageOf(command)}`);
    return 0;
  }
  try {
    return await command.run(args);
  } catch (error) {
    const words = (error as Error).message;
    if (error instanceof ConfigError) return complain(words, 2);
    if (error instanceof UsageError || isParseArgsError(error)) {
      return complain(`${words}\n\n${usageOf(command)}`, 2);
    }
    // Without a code it is no fault of the outside but a mistake of ours, and the stack says where.
    if (!(error instanceof Error) || !('code' in error)) throw error;
    return complain(words, 3);
  }
}

function isParseArgsError(error: unknown): boolean {
  return String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
}

function complain(message: string, exitCode: number): number {
  process.stderr.write(`${message}\n`);
  return exitCode;
}

process.exitCode = await main(process.argv.slice(2));
