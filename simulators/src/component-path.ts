import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A real program that some tests run against. */
export type RequiredComponent = 'socat' | 'mosquitto' | 'strace' | 'chromium' | 'redis-server';

/** Servers are not on the PATH of everybody. */
const ALSO_IN = ['/usr/sbin', '/usr/local/sbin'];

/** Where the program is; undefined when this machine has none. */
export function pathOf(component: RequiredComponent): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...ALSO_IN];
  return folders.map((folder) => join(folder, component)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
