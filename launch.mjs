// Starts everything: `node launch.mjs test`, `node launch.mjs check`, or `node launch.mjs FILE.ts ARGS`.
// Runs on any Node from 20 on. When the machine's own Node or pnpm is too old it fetches the right ones from the
// registry with npx, installs what the lockfile names, and hands over. Nothing is installed globally.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR = 24;
const PNPM_MAJOR = 12;
const PARENT_LOOK_MS = 500;
const root = dirname(fileURLToPath(import.meta.url));
/** What Node has compiled once: the next start takes a third of the time and 25 MB less. */
const compileCache = join(root, 'node_modules', '.cache', 'weighgate-compiled');
/** A gate PC has little memory: young garbage is collected often. As in deploy/systemd. */
const agentOptions = ['--max-semi-space-size=1', '--optimize-for-size'];
const packages = ['.', 'protocol', 'edge-agent', 'cloud-api', 'simulators'];

/** Says something to the person without touching standard output, which belongs to the program. */
function say(text) {
  process.stderr.write(`${text}\n`);
}

function majorOf(version) {
  return Number(/^v?(\d+)\./.exec(version)?.[1] ?? 0);
}

/** Where Node and pnpm are: { node, path } with `path` as the PATH to run with. */
function findToolchain() {
  const ownNode = majorOf(process.version) >= NODE_MAJOR;
  if (
    ownNode &&
    majorOf(spawnSync('pnpm', ['--version'], { cwd: root, encoding: 'utf8' }).stdout ?? '') >= PNPM_MAJOR
  ) {
    return { node: process.execPath, path: process.env.PATH };
  }
  const cache = join(root, 'node_modules', '.weighgate-toolchain.json');
  const wanted = `${ownNode ? process.version : NODE_MAJOR}/${PNPM_MAJOR}`;
  if (existsSync(cache)) {
    const kept = JSON.parse(readFileSync(cache, 'utf8'));
    if (kept.wanted === wanted && existsSync(kept.node) && existsSync(kept.bin)) return withPath(kept);
  }
  say(
    `Fetching Node ${NODE_MAJOR} and pnpm ${PNPM_MAJOR} for this project (nothing is installed globally) ...`,
  );
  const wantedPackages = ['-p', `pnpm@${PNPM_MAJOR}`, ...(ownNode ? [] : ['-p', `node@${NODE_MAJOR}`])];
  const script = 'node -p "JSON.stringify([process.execPath, process.env.PATH])"';
  const npx = spawnSync('npx', ['-y', ...wantedPackages, '-c', script], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = npx.stdout?.trim().split('\n').at(-1);
  if (npx.status !== 0 || !line)
    fail('npx could not fetch them. Is the npm registry reachable?', npx.status ?? 1);
  const [node, path] = JSON.parse(line);
  const bin = path.split(delimiter).find((folder) => existsSync(join(folder, 'pnpm')));
  if (bin === undefined) fail('npx fetched pnpm but it cannot be found.', 1);
  mkdirSync(dirname(cache), { recursive: true });
  writeFileSync(cache, JSON.stringify({ wanted, node, bin }));
  return withPath({ node, bin });
}

function withPath({ node, bin }) {
  return { node, path: [dirname(node), bin, process.env.PATH].join(delimiter) };
}

/** Installs what the lockfile names, unless exactly that is installed already. */
function install({ node, path }) {
  const hash = createHash('sha256').update(node);
  for (const file of [
    'pnpm-lock.yaml',
    'pnpm-workspace.yaml',
    ...packages.map((folder) => join(folder, 'package.json')),
  ]) {
    hash.update(readFileSync(join(root, file)));
  }
  const digest = hash.digest('hex');
  const stamp = join(root, 'node_modules', '.weighgate-installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  say('Installing the packages named in pnpm-lock.yaml ...');
  const pnpm = spawnSync('pnpm', ['install', '--frozen-lockfile'], {
    cwd: root,
    env: { ...process.env, PATH: path, CI: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  if (pnpm.status !== 0)
    fail(`${pnpm.stdout ?? ''}${pnpm.stderr ?? ''}\nThe installation failed; nothing was started.`, 1);
  writeFileSync(stamp, digest);
}

function fail(text, exitCode) {
  say(text);
  process.exit(exitCode);
}

/** Runs one program to its end, passing signals on. Resolves with its exit code. */
function run({ node, path }, args, cwd = root, cache = compileCache) {
  return new Promise((resolve) => {
    // The channel tells a program that its launcher is gone, however that came about.
    const child = spawn(node, args, {
      cwd,
      env: { ...process.env, PATH: path, NODE_COMPILE_CACHE: cache },
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    // npm that is told to stop ends its shell, and the shell tells nobody: an orphan stops what it started.
    const { ppid } = process;
    setInterval(() => {
      if (process.ppid !== ppid) child.kill('SIGTERM');
    }, PARENT_LOOK_MS).unref();
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

const tool = (name, file) => join(root, 'node_modules', name, file);
const [target, ...rest] = process.argv.slice(2);
if (target === undefined) fail('Say what to start: test, check, or a .ts file.', 2);

const toolchain = findToolchain();
install(toolchain);

const checks = {
  'format and lint': [tool('@biomejs/biome', 'bin/biome'), 'ci', '--error-on-warnings', '.'],
  types: [tool('typescript', 'bin/tsc'), '-p', root],
  'unused code': [tool('knip', 'bin/knip.js')],
  walls: [tool('vitest', 'vitest.mjs'), 'run', '--project', 'unit', 'dependencies.test.ts'],
};

if (target === 'check') {
  let failed = 0;
  for (const [name, args] of Object.entries(checks)) {
    say(`check: ${name}`);
    if ((await run(toolchain, args)) !== 0) failed += 1;
  }
  say(failed === 0 ? 'check: all good' : `check: ${failed} of ${Object.keys(checks).length} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
} else if (target === 'test') {
  process.exitCode = await run(toolchain, [tool('vitest', 'vitest.mjs'), 'run', ...rest]);
} else {
  const isAgent = target === 'edge-agent/src/cli.ts';
  // Every state that a model has been in is remembered: at its full bounds more than Node gives a heap by itself.
  const modelOptions = target === 'simulators/src/model.ts' ? ['--max-old-space-size=12000'] : [];
  // npm changes to the project's folder; files named on the command line are meant from where the person stands.
  // Node throws away what was compiled under other options, so the agent's is kept apart.
  process.exitCode = await run(
    toolchain,
    [...(isAgent ? agentOptions : modelOptions), join(root, target), ...rest],
    process.env.INIT_CWD ?? process.cwd(),
    isAgent ? `${compileCache}-agent` : compileCache,
  );
}
