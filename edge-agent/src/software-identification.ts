import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SoftwareIdentification } from './kiosk-server/identification-routes.ts';

/** Where frames become weights, weights become records, and records become tickets. */
const legallyRelevant: readonly string[] = [
  'protocol/src',
  'edge-agent/src/indicator',
  'edge-agent/src/weighing',
  'edge-agent/src/store',
];

/**
 * Identifies this software by what it runs from: Node runs the sources themselves, so these are hashed.
 * @param root the folder the rooms stand in; tests hand in another
 */
export function softwareIdentificationOf(
  version: string,
  commit: string | null,
  root: string = fileURLToPath(new URL('../..', import.meta.url)),
): SoftwareIdentification {
  const paths = legallyRelevant
    .flatMap((room) => globSync(`${room}/**/*.ts`, { cwd: root }))
    .filter((path) => !path.endsWith('.test.ts'))
    .map((path) => path.replaceAll('\\', '/'))
    .sort();
  const hash = createHash('sha256');
  for (const path of paths) {
    const text = readFileSync(`${root}/${path}`);
    hash.update(`${path}\n${text.length}\n`).update(text);
  }
  const modulesSha256 = hash.digest('hex');
  return {
    version,
    commit,
    modules: legallyRelevant,
    modulesSha256,
    softwareId: `${version}-${modulesSha256.slice(0, 8)}`,
  };
}
