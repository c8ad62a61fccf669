import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { systemClock } from '@weighgate/protocol';
import { z } from 'zod';
import { authorityModes, openTaxAuthority } from './tax-authority.ts';

const help = `npm run sim:authority -- [options]     a tax authority that gives numbers for tax invoices

  --port 4700         TCP port on this machine (0 takes any free one); the cloud asks it where
                      billing.allocationUrl says http://127.0.0.1:4700/
  --mode granted      ${authorityModes.join(', ')}
  --seed 1            the same seed gives the same number for the same reference
`;

const optionsSchema = z.strictObject({
  port: z.coerce.number().int().min(0).max(65_535),
  seed: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  mode: z.enum(authorityModes),
});

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4700' },
    seed: { type: 'string', default: '1' },
    mode: { type: 'string', default: 'granted' },
    help: { type: 'boolean', default: false },
  },
});
process.exitCode = await main();

async function main(): Promise<number> {
  const { help: isHelp, ...given } = values;
  if (isHelp) {
    process.stdout.write(help);
    return 0;
  }
  const parsed = optionsSchema.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    process.stderr.write(`--${issue?.path.join('.')}: ${issue?.message}\n\n${help}`);
    return 2;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  // The launcher is gone, however it went: nobody could stop us any more.
  process.on('disconnect', () => stop.abort());
  process.channel?.unref();
  try {
    await using authority = await openTaxAuthority(parsed.data, systemClock);
    process.stdout.write(`${authority.url} answers: ${parsed.data.mode}\n`);
    if (!stop.signal.aborted) await once(stop.signal, 'abort');
    return 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    process.stderr.write(`port ${parsed.data.port} is in use; choose another with --port\n`);
    return 3;
  }
}
