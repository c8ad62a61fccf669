import { parseArgs } from 'node:util';
import { readConfig } from './config.ts';
import { verifyStore } from './store/verify-store.ts';

/**
 * `verify`: walks the journal, its signatures and what is shown of it, and says whether all is intact.
 * @returns the exit code: 1 when it is not
 */
export function verifyCommand(args: string[]): number {
  const { values } = parseArgs({
    args,
    options: { config: { type: 'string', default: 'edge.yaml' }, 'public-key': { type: 'string' } },
  });
  const publicKey = values['public-key'];
  const verdict = verifyStore(
    readConfig(values.config).dataDir,
    publicKey === undefined ? {} : { publicKey },
  );
  if (verdict.kind === 'intact') {
    const { entries, headHash, checkpoints } = verdict;
    process.stdout.write(
      `journal intact: ${entries} entries, head ${headHash}, ${checkpoints} signed checkpoints\n`,
    );
    return 0;
  }
  for (const { seq, reason, detail } of verdict.breaks)
    process.stdout.write(`journal BROKEN at entry ${seq}: ${reason.replace('_', ' ')} (${detail})\n`);
  return 1;
}
