import { parseArgs } from 'node:util';
import { z } from 'zod';
import { callerOf } from './call-cloud.ts';
import { readConfig } from './config.ts';
import { ConfigError } from './config-file.ts';

const usage = `weighgate cloud reconcile [options]

  Adds up in the running cloud what was delivered, billed and is still to be billed. Ends with 1 where something differs.
  --config FILE, --data-dir DIR, --key-file FILE, --url URL   as for device
`;
const options = {
  config: { type: 'string' },
  'data-dir': { type: 'string' },
  'key-file': { type: 'string' },
  url: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const answerSchema = z.looseObject({
  rowCount: z.int(),
  differences: z.int(),
  different: z.array(
    z.looseObject({
      providerId: z.int().nullable(),
      produce: z.string().nullable(),
      differenceG: z.string(),
    }),
  ),
});

/** `reconcile`. @returns the exit code: 1 when something differs @throws ConfigError, CloudCallError */
export async function reconcileCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const { 'data-dir': dataDir, config, help, url, ...values } = readArgs(args);
  if (help) {
    process.stdout.write(usage);
    return 0;
  }
  const at = url === undefined ? {} : { url: url.replace(/\/$/, '') };
  const call = callerOf(readConfig(config, env, { dataDir }), { ...values, ...at });
  const { rowCount, differences, different } = answerSchema.parse(
    await call('POST', '/api/billing/reconciliations'),
  );
  for (const { providerId, produce, differenceG } of different) {
    process.stdout.write(
      `DIFFERENT: provider ${providerId ?? 'nobody'}, ${produce ?? 'no produce'}: ${differenceG} g delivered that are nowhere\n`,
    );
  }
  process.stdout.write(`${rowCount} rows of provider and produce reconciled, ${differences} differ\n`);
  return differences === 0 ? 0 : 1;
}

function readArgs(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (cause) {
    throw new ConfigError(`${(cause as Error).message}\n\n${usage}`, { cause });
  }
}
