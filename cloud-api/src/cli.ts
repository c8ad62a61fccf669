import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { idMaker, systemClock } from '@weighgate/protocol';
import { pino } from 'pino';
import { accessCommand } from './access-command.ts';
import { backupCommand, restoreCommand } from './backup-command.ts';
import { optionsHelp, readCommandLine } from './command-line.ts';
import { compareCommand } from './compare-command.ts';
import { deviceCommand } from './device-command.ts';
import { exitCodeOf } from './exit-code.ts';
import { serve } from './main.ts';
import { reconcileCommand } from './reconcile-command.ts';
import { openDatabase } from './store/database.ts';
import { startEmbeddedPostgres } from './store/embedded-postgres.ts';
import { migrate } from './store/migrate.ts';
import { verifyBillCommand } from './verify-bill-command.ts';
import { verifyCommand } from './verify-command.ts';

const help = `weighgate cloud COMMAND [options]

  serve     run the API, the inbox, and the embedded database and broker
  backup    FOLDER: copy the embedded database and all beside it into a new folder, also while the cloud runs
  restore   FOLDER: put a backup in the place of the data folder (the cloud stopped); --epoch-only: after a restore of a
            PostgreSQL server of your own, make devices offer everything again
  migrate   bring the database schema up to this version and exit
  device    tokens, enrolment requests, revocation; see device --help
  user      users and their roles; see user --help
  key       API keys of machines; see key --help
  verify    whether the audit is what was written; verify bill FILE: whether a bill is what its evidence gives
  compare-certificates   what a device certified with what is here; see compare-certificates --help
  reconcile add up what was delivered and what was billed; see reconcile --help
  help      print this

Options:
${optionsHelp}
`;

const [command = 'help', ...args] = process.argv.slice(2);
process.exitCode = await run(command, args);

async function run(command: string, args: readonly string[]): Promise<number> {
  switch (command) {
    case 'serve':
      return serve(args);
    case 'migrate':
      return migrateDatabase(args);
    case 'backup':
    case 'restore':
      return keepOrRestore(command, args);
    case 'device':
      return inWords(() => deviceCommand(args, process.env, userInfo().username));
    case 'user':
    case 'key':
      return inWords(() => accessCommand(command, args, process.env, systemClock));
    case 'compare-certificates':
      return inWords(() => compareCommand(args, process.env));
    case 'verify':
      if (args[0] === 'bill') return inWords(async () => verifyBillCommand(args.slice(1)));
      return inWords(() =>
        verifyCommand(args, process.env, {
          clock: systemClock,
          log: pino({ level: 'warn', base: null, timestamp: pino.stdTimeFunctions.isoTime }),
          randomBytes,
        }),
      );
    case 'reconcile':
      return inWords(() => reconcileCommand(args, process.env));
    case 'help':
    case '--help':
    case '-h':
      process.stdout.write(help);
      return 0;
    default:
      process.stderr.write(`there is no command "${command}"\n\n${help}`);
      return 2;
  }
}

async function keepOrRestore(command: 'backup' | 'restore', args: readonly string[]): Promise<number> {
  return inWords(async () => {
    const { config, folder, epochOnly } = readCommandLine(args, process.env, true);
    const log = pino({ level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime });
    const parts = { clock: systemClock, makeId: idMaker(systemClock), log, randomBytes };
    const done =
      command === 'backup'
        ? await backupCommand(config, folder, parts)
        : await restoreCommand(config, folder, epochOnly, parts);
    process.stdout.write(`${done}\n`);
    return 0;
  });
}

async function migrateDatabase(args: readonly string[]): Promise<number> {
  return inWords(async () => {
    const { config } = readCommandLine(args, process.env);
    const log = pino({ level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime });
    const parts = { clock: systemClock, makeId: idMaker(systemClock), log, randomBytes };
    const { port } = config.embeddedPostgres;
    await using started = new AsyncDisposableStack();
    const url =
      config.databaseUrl ??
      started.use(await startEmbeddedPostgres({ ...parts, dataDir: resolve(config.dataDir), port })).url;
    const database = started.use(await openDatabase(url, log));
    await migrate(database.pool, parts);
    return 0;
  });
}

/** Says what went wrong outside in words; a mistake of ours keeps its stack. */
async function inWords(work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    const code = exitCodeOf(error);
    if (code === undefined) throw error;
    process.stderr.write(`${(error as Error).message}\n`);
    return code;
  }
}
