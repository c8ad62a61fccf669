import { benchCommit } from './bench/commit.ts';
import { benchFrames } from './bench/frames.ts';
import { resultLine } from './bench/result.ts';

const benches = { frames: benchFrames, commit: benchCommit };

const [name] = process.argv.slice(2);
const chosen = Object.entries(benches).filter(([known]) => name === undefined || name === known);
if (chosen.length === 0) {
  process.stderr.write(`There is no bench ${name}. Benches: ${Object.keys(benches).join(', ')}.\n`);
  process.exitCode = 2;
} else {
  const results = chosen.map(([, bench]) => bench());
  for (const { name, details } of results)
    process.stdout.write(details.map((detail) => `${name}: ${detail}\n`).join(''));
  for (const result of results) process.stdout.write(`${resultLine(result)}\n`);
  if (results.some(({ value, goal }) => value < goal)) process.exitCode = 1;
}
