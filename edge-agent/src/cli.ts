import { parseArgs } from 'node:util';
import { ConfigError, readConfig } from './config.ts';
import { runAgent } from './main.ts';
import { verifyStore } from './store/verify-store.ts';

const usage = `npm run edge -- COMMAND [--config FILE]

  run      weigh: read the indicator, serve the weight API, sync the journal
  verify   walk the whole journal and say whether it is intact, or which entry is not

  --config FILE     the agent's configuration (default edge.yaml)
`;

async function main(args: string[]): Promise<number> {
  let command: string | undefined;
  let options: { config: string; 'stop-with-stdin': boolean; help: boolean };
  try {
    const parsed = parseArgs({
      args,
      allowPositionals: true,
      options: {
        config: { type: 'string', default: 'edge.yaml' },
        'stop-with-stdin': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    [command] = parsed.positionals;
    options = parsed.values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  switch (command) {
    case 'run':
      return runAgent(options.config, { stopWithStdin: options['stop-with-stdin'] });
    case 'verify':
      return verify(options.config);
    default:
      process.stderr.write(
        `${command === undefined ? 'Say what to do.' : `There is no command ${command}.`}\n\n${usage}`,
      );
      return 2;
  }
}

function verify(configFile: string): number {
  try {
    const walk = verifyStore(readConfig(configFile).dataDir);
    if (walk.kind === 'intact') {
      process.stdout.write(`journal intact: ${walk.entries} entries, head ${walk.headHash}\n`);
      return 0;
    }
    process.stdout.write(`journal BROKEN at entry ${walk.brokenAtSeq}: ${walk.reason.replace('_', ' ')}\n`);
    return 1;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return error instanceof ConfigError ? 2 : 3;
  }
}

process.exitCode = await main(process.argv.slice(2));
