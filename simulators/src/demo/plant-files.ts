import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Long enough for a slow disk to make the first database. */
export const READY_TIMEOUT_MS = 60_000;

/** What node is told where the agent is deployed; as in deploy/systemd. */
export const DEPLOYED_NODE_ARGS: readonly string[] = ['--max-semi-space-size=1', '--optimize-for-size'];

/** Where the programs of a plant log to. */
export function logDirOf(plantDir: string): string {
  return join(plantDir, 'logs');
}

/** The command line of one of our programs. */
export function scriptOf(program: 'cloud-api' | 'edge-agent'): string {
  return fileURLToPath(new URL(`../../../${program}/src/cli.ts`, import.meta.url));
}

/** Writes a configuration file, JSON being YAML too. @returns its path */
export function writeConfig(path: string, config: unknown): string {
  writeFileSync(path, `${JSON.stringify(config, null, 2)}\n`);
  return path;
}
