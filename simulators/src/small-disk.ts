import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** A disk of its own for one proof; taken away when disposed of. */
export interface SmallDisk extends Disposable {
  path: string;
}

const MIB = 1024 * 1024;

/** Whether this process may mount disks: root, and not in a box that forbids it. */
export function mayMount(): boolean {
  return spawnSync('unshare', ['--mount', 'true']).status === 0;
}

/** A disk in memory with so much room, and so many names. @throws Error where that is not allowed */
export function mountMemoryDisk(path: string, sizeMib: number, names = 10_000): SmallDisk {
  mkdirSync(path, { recursive: true });
  run('mount', ['-t', 'tmpfs', '-o', `size=${sizeMib}m,nr_inodes=${names}`, 'tmpfs', path]);
  return { path, [Symbol.dispose]: () => run('umount', ['--lazy', path]) };
}

/** An ext4 disk that goes read-only at its first error, as the disk of a gate PC does. */
export interface Ext4Disk extends SmallDisk {
  /** Lets the file system find an error in itself. */
  fail(): void;
}

/** @param folder where the image and the mount are made @throws Error where that is not allowed */
export function mountExt4Disk(folder: string, sizeMib: number): Ext4Disk {
  const [image, path] = [join(folder, 'disk.img'), join(folder, 'disk')];
  writeFileSync(image, '');
  truncateSync(image, sizeMib * MIB);
  run('mkfs.ext4', ['-q', image]);
  mkdirSync(path, { recursive: true });
  run('mount', ['-o', 'loop,errors=remount-ro', image, path]);
  const device = execFileSync('findmnt', ['-no', 'SOURCE', path], { encoding: 'utf8' }).trim();
  const fault = `/sys/fs/ext4/${basename(device)}/trigger_fs_error`;
  return {
    path,
    fail: () => writeFileSync(fault, '1'),
    [Symbol.dispose]: () => {
      run('umount', ['--lazy', path]);
      if (existsSync(image)) rmSync(image);
    },
  };
}

function run(program: string, args: readonly string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
