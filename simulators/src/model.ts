import { parseArgs } from 'node:util';
import { type BenchResult, resultLine } from './bench/result.ts';
import { type Exploration, explore } from './model/explore.ts';
import { BOUNDS, type Bounds, syncModel } from './model/sync-world.ts';
import { brokenVariants, knownLimit, notToldApart, type Variant } from './model/variants.ts';

/** Half as many again as the bounds below have; more may not fit into the heap that the launcher asks for. */
const MAX_STATES = 13_000_000;
/** Every variant is found out long before; what is not by then is told so. */
const MAX_VARIANT_STATES = 400_000;

const usage = `npm run model -- [--weighings N] [--under-way N] [--catastrophes N] [--no-variants]

Tries everything that can happen to the sync protocol in a small world: ${BOUNDS.weighings} weighings, ${BOUNDS.underWay} messages under way in each
direction, any loss and reordering, a duplicate, a crash, a copy of the disk or of the cloud, a catastrophe. At these
bounds it takes the better part of an hour and 8 GB; with --weighings 2 some minutes, with --weighings 1 seconds.
`;

const say = (line: string) => void process.stdout.write(`${line}\n`);

function main(args: string[]): number {
  const bounds = boundsOf(args);
  if (bounds === null) {
    process.stderr.write(usage);
    return 2;
  }
  const startedMs = performance.now();
  const found = explore(syncModel({}, bounds), {
    maxStates: MAX_STATES,
    onProgress: (states) => {
      if (states % 250_000 === 0) say(`${states} states`);
    },
  });
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  const results: BenchResult[] = [
    {
      name: 'model',
      value: found.kind === 'holds' ? 1 : 0,
      goal: 1,
      details: [`bounds ${JSON.stringify(bounds)}`, ...wordsOf(found), `${seconds} s`],
    },
  ];
  if (!args.includes('--no-variants')) results.push(variantsResult());
  for (const { name, details } of results) for (const detail of details) say(`${name}: ${detail}`);
  for (const result of results) say(resultLine(result));
  return results.every(({ value, goal }) => value >= goal) ? 0 : 1;
}

function boundsOf(args: string[]): Bounds | null {
  try {
    const { values } = parseArgs({
      args,
      options: {
        weighings: { type: 'string' },
        'under-way': { type: 'string' },
        catastrophes: { type: 'string' },
        'no-variants': { type: 'boolean' },
      },
    });
    const given = {
      weighings: Number(values.weighings ?? BOUNDS.weighings),
      underWay: Number(values['under-way'] ?? BOUNDS.underWay),
      catastrophes: Number(values.catastrophes ?? BOUNDS.catastrophes),
    };
    const sensible = Object.values(given).every(
      (bound) => Number.isInteger(bound) && bound >= 0 && bound <= 5,
    );
    return sensible && given.underWay > 0 ? { ...BOUNDS, ...given } : null;
  } catch {
    return null;
  }
}

function variantsResult(): BenchResult {
  const details: string[] = [];
  const isFound = ({ name, lacks, weakness, bounds }: Variant): boolean => {
    const found = explore(syncModel(weakness, { ...BOUNDS, ...bounds }), { maxStates: MAX_VARIANT_STATES });
    details.push(`${name} (${lacks})`, ...wordsOf(found).map((line) => `  ${line}`));
    return found.kind === 'violated';
  };
  const expected = [...brokenVariants, knownLimit];
  const caught = expected.filter(isFound).length;
  isFound(notToldApart);
  details.push(`${caught} of ${expected.length} that must be found out were`);
  return { name: 'model-variants', value: caught / expected.length, goal: 1, details };
}

function wordsOf(found: Exploration): string[] {
  switch (found.kind) {
    case 'holds':
      return [`no violation in ${found.states} states, ${found.depth} steps deep, all there are`];
    case 'cut_short':
      return [`no violation in the first ${found.states} states, and not all were looked at`];
    case 'violated':
      return [
        `${found.what}, after ${found.trace.length} steps and ${found.states} states:`,
        ...found.trace.map((step, index) => `  ${index + 1}. ${step}`),
        ...found.calm.map((step) => `  then, without faults: ${step}`),
      ];
  }
}

process.exitCode = main(process.argv.slice(2));
