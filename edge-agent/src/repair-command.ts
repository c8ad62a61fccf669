import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { idMaker, systemClock } from '@weighgate/protocol';
import { readConfig } from './config.ts';
import { type RepairOutcome, repairStore } from './store/repair-store.ts';

/**
 * `repair`: gets an agent with a damaged database weighing again. The agent must not run.
 * @returns the exit code: 1 when it can go on from nothing and nobody said that it may begin empty
 */
export function repairCommand(args: string[]): number {
  const { values } = parseArgs({
    args,
    options: {
      config: { type: 'string', default: 'edge.yaml' },
      backup: { type: 'string', multiple: true, default: [] },
      'begin-empty': { type: 'boolean', default: false },
    },
  });
  const config = readConfig(values.config);
  const backups = values.backup.map((file) => resolve(file));
  if (config.backup !== undefined) backups.push(config.backup.file);
  const parts = {
    clock: systemClock,
    makeId: idMaker(systemClock),
    bootId: `repair-${process.pid}`,
    processId: process.pid,
  };
  const outcome = repairStore(config, { backups, mayBeginEmpty: values['begin-empty'] }, parts);
  process.stdout.write(wordsOf(outcome));
  return outcome.kind === 'no_backup' ? 1 : 0;
}

function wordsOf(outcome: RepairOutcome): string {
  switch (outcome.kind) {
    case 'sound':
      return 'the pages of the database are well; nothing was done. "npm run edge -- verify" looks at every entry\n';
    case 'restored':
      return (
        `a new life from ${outcome.entries} entries of ${outcome.file}\n${keptWords(outcome)}` +
        'What was weighed after that backup is in the cloud if it was sent, and on paper. Check the trucks inside.\n'
      );
    case 'emptied':
      return (
        `a new and empty life\n${keptWords(outcome)}` +
        'What was weighed is in the cloud if it was sent, and on paper. Trucks that are inside were weighed in by nobody ' +
        'for this database; operators and tares are made anew.\n'
      );
    case 'no_backup': {
      const faults = outcome.faults.map((fault) => `${fault}\n`).join('');
      return (
        `${faults}There is no good backup, and nothing was done. Name one: repair --backup FILE. Without any, ` +
        '"repair --begin-empty" keeps the damaged database aside and begins an empty one.\n'
      );
    }
  }
}

function keptWords({ keptIn, salvaged }: { keptIn: string | null; salvaged: number }): string {
  if (keptIn === null) return '';
  const proven =
    salvaged === 0 ? 'no entry of it can be read' : `${salvaged} entries of it are proven, in salvaged.jsonl`;
  return `the damaged database is in ${keptIn}; ${proven}\n`;
}
