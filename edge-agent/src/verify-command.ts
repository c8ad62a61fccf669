import { parseArgs } from 'node:util';
import { readConfig } from './config.ts';
import { verifyStore } from './store/verify-store.ts';

/**
 * `verify`: walks the journal and says whether it is intact.
 * @returns the exit code: 1 when it is not
 */
export function verifyCommand(args: string[]): number {
  const { values } = parseArgs({ args, options: { config: { type: 'string', default: 'edge.yaml' } } });
  const walk = verifyStore(readConfig(values.config).dataDir);
  if (walk.kind === 'intact') {
    process.stdout.write(`journal intact: ${walk.entries} entries, head ${walk.headHash}\n`);
    return 0;
  }
  process.stdout.write(`journal BROKEN at entry ${walk.brokenAtSeq}: ${walk.reason.replace('_', ' ')}\n`);
  return 1;
}
