import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  type CertificateFile,
  certificateStatementSchema,
  isoInstant,
  kgOf,
  systemClock,
} from '@weighgate/protocol';
import { readConfig } from './config.ts';
import { type CertifiedPart, certifyJournal } from './store/certify-journal.ts';
import { StoreError } from './store/store-error.ts';
import { UsageError } from './usage-error.ts';

const options = {
  config: { type: 'string', default: 'edge.yaml' },
  from: { type: 'string' },
  to: { type: 'string' },
  seqs: { type: 'string' },
  out: { type: 'string' },
} as const;

/**
 * `certificate`: signs what the journal holds of a period or of a range of entries, into a file.
 * @returns the exit code: 1 when it holds nothing of it
 */
export function certificateCommand(args: string[]): number {
  const { values } = parseArgs({ args, options });
  if (values.out === undefined) throw new UsageError('--out FILE says where the certificate is written');
  const part = partOf(values);
  const certificates = certifyJournal(readConfig(values.config).dataDir, part, systemClock.now());
  if (certificates.length === 0) {
    process.stdout.write('the journal holds no entry of that; nothing was written\n');
    return 1;
  }
  const file: CertificateFile = { v: 1, certificates };
  try {
    writeFileSync(values.out, `${JSON.stringify(file)}\n`);
  } catch (cause) {
    const message = `${values.out} cannot be written: ${(cause as Error).message}`;
    throw new StoreError('store_unusable', message, { cause });
  }
  for (const { statement } of certificates) {
    const { facts } = certificateStatementSchema.parse(JSON.parse(statement));
    const { incarnation, firstSeq, lastSeq, weighings, grossG, netG, ticketsIssued, ticketsVoid } = facts;
    process.stdout.write(
      `entries ${firstSeq} to ${lastSeq} of ${incarnation}: ${weighings} weighings, ${kgOf(grossG)} kg gross, ` +
        `${kgOf(netG)} kg net, ${ticketsIssued} tickets, ${ticketsVoid} of them void\n`,
    );
  }
  process.stdout.write(`signed, in ${values.out}\n`);
  return 0;
}

function partOf({ from, to, seqs }: { from?: string; to?: string; seqs?: string }): CertifiedPart {
  if (seqs !== undefined && (from !== undefined || to !== undefined))
    throw new UsageError('give a period with --from and --to, or entries with --seqs, and not both');
  if (seqs !== undefined) {
    const [, first, last] = /^(\d{1,12})-(\d{1,12})$/.exec(seqs) ?? [];
    const [firstSeq, lastSeq] = [Number(first), Number(last)];
    if (!(firstSeq >= 1 && lastSeq >= firstSeq)) throw new UsageError('--seqs is like 1-500');
    return { kind: 'seqs', firstSeq, lastSeq };
  }
  const [fromMs, toMs] = [instantOf('--from', from), instantOf('--to', to)];
  if (fromMs >= toMs) throw new UsageError(`--to must be after --from, which is ${isoInstant(fromMs)}`);
  return { kind: 'period', fromMs, toMs };
}

function instantOf(option: string, text: string | undefined): number {
  const ms = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text ?? '')
    ? Date.parse(text ?? '')
    : Number.NaN;
  if (Number.isNaN(ms))
    throw new UsageError(`${option} is a time with its offset, like 2026-10-05T06:00:00+03:00`);
  return ms;
}
