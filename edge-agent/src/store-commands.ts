import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { idMaker, systemClock } from '@weighgate/protocol';
import { readConfig } from './config.ts';
import { backupStore } from './store/backup-store.ts';
import { openDeviceKey, readPublicKey } from './store/device-key.ts';
import { openDatabaseReadOnly } from './store/open-database.ts';
import { openStore } from './store/open-store.ts';
import { restoreStore } from './store/restore-store.ts';
import { UsageError } from './usage-error.ts';

const config = { type: 'string', default: 'edge.yaml' } as const;

/** `key`: prints the public key that the device signs with; the key is made when there is none. */
export function keyCommand(args: string[]): number {
  const { values } = parseArgs({ args, options: { config } });
  process.stdout.write(`${openDeviceKey(readConfig(values.config).dataDir).publicKey}\n`);
  return 0;
}

/** `backup FILE`: writes a copy that has been checked, also beside a running agent. */
export async function backupCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { config } });
  const file = onlyFile(positionals, 'backup FILE');
  const { dataDir } = readConfig(values.config);
  const database = openDatabaseReadOnly(dataDir);
  try {
    const { entries, headHash } = await backupStore(database, file, readPublicKey(dataDir));
    process.stdout.write(`${file}: ${entries} entries, head ${headHash}, checked\n`);
    return 0;
  } finally {
    database.close();
  }
}

/** `restore FILE`: puts a backup in the place of the database, which is kept aside. The agent must not run. */
export function restoreCommand(args: string[]): number {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { config } });
  const file = onlyFile(positionals, 'restore FILE');
  const { dataDir } = readConfig(values.config);
  const parts = { clock: systemClock, makeId: idMaker(systemClock), processId: process.pid };
  const report = restoreStore(dataDir, file, parts);
  process.stdout.write(
    `restored ${report.entries} entries as a new life ${report.incarnation}, after entry ${report.parentSeq} of ` +
      `${report.parentIncarnation}\n${report.keptIn === null ? '' : `the replaced database is in ${report.keptIn}\n`}`,
  );
  return 0;
}

/** `acknowledge-seal`: a person answers for weighing on with a broken journal. The agent must not run. */
export function acknowledgeSealCommand(args: string[]): number {
  const options = { config, by: { type: 'string' }, reason: { type: 'string' } } as const;
  const { by, reason, config: file } = parseArgs({ args, options }).values;
  if (by === undefined || reason === undefined)
    throw new UsageError('Say who and why: acknowledge-seal --by NAME --reason TEXT');
  const parts = {
    clock: systemClock,
    makeId: idMaker(systemClock),
    bootId: `acknowledge-${process.pid}`,
    processId: process.pid,
  };
  using store = openStore(readConfig(file), parts);
  const acknowledged = store.seal.acknowledge(by, reason);
  process.stdout.write(
    acknowledged === 0 ? 'the seal is not broken\n' : `${acknowledged} breaks acknowledged by ${by}\n`,
  );
  return 0;
}

function onlyFile(positionals: string[], usage: string): string {
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new UsageError(`Name one file: ${usage}`);
  // npm changes the folder back to where the person stands, so a path is meant from there.
  return resolve(file);
}
