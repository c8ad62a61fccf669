import { type Stats, statSync, unwatchFile, watchFile } from 'node:fs';

/** How often the path is looked at. */
const LOOK_MS = 500;

/**
 * Calls `gone` once, when a path no longer leads to the device it leads to now: unplugged, or another one in its place.
 * On Linux a port whose adapter was pulled out may go on to read nothing for ever instead of failing.
 * @returns what ends the watch
 */
export function watchDevice(path: string, gone: () => void): () => void {
  const before = identityOf(statSync(path, { throwIfNoEntry: false }));
  const look = (now: Stats) => {
    if (identityOf(now) === before) return;
    stop();
    gone();
  };
  const stop = () => unwatchFile(path, look);
  watchFile(path, { interval: LOOK_MS, persistent: false }, look);
  return stop;
}

/** The time of its making tells a device from a later one that got the same numbers. */
function identityOf(stats: Stats | undefined): string {
  return stats === undefined ? 'none' : `${stats.dev} ${stats.ino} ${stats.rdev} ${stats.ctimeMs}`;
}
