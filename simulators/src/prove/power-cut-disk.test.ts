import { expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import { type LossMode, PowerCutDisk } from './power-cut-disk.ts';
import { readTrace } from './syscall-trace.ts';

const hex = (text: string) => [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16)}`).join('');
const trace = `7 openat(AT_FDCWD, "${hex('/d/a')}", O_RDWR|O_CREAT, 0644) = 5
7 pwrite64(5, "${hex('kept')}", 4, 0) = 4
7 fsync(5) = 0
8 pwrite64(5, "${hex('x'.repeat(1024))}", 1024, 0 <unfinished ...>
7 openat(AT_FDCWD, "${hex('/elsewhere')}", O_RDWR) = 6
7 write(6, "${hex('not ours')}", 8) = 8
8 <... pwrite64 resumed>) = 1024
7 openat(AT_FDCWD, "${hex('/d/none')}", O_RDONLY) = -1 ENOENT (No such file or directory)
7 write(9, "${hex('HTTP/1.1 200')}", 12) = 12
`;

function afterCut(mode: LossMode): string {
  const disk = new PowerCutDisk('/d/');
  for (const call of readTrace(trace)) disk.take(call);
  const files = disk.afterCut(mode, seededRandom(3));
  expect([...files.keys()]).toEqual(['/d/a']);
  return String(files.get('/d/a'));
}

test('a cut keeps what was flushed, and of the rest all, nothing, or some', () => {
  expect(afterCut('nothing')).toBe('kept');
  expect(afterCut('everything')).toBe('x'.repeat(1024));
  expect(['kept', 'x'.repeat(1024)]).toContain(afterCut('some writes'));
});

test('a torn write leaves whole sectors of 512 bytes', () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 20; seed += 1) {
    const disk = new PowerCutDisk('/d/');
    for (const call of readTrace(trace)) disk.take(call);
    seen.add(String(disk.afterCut('torn writes', seededRandom(seed)).get('/d/a')));
  }
  const [first, second] = ['x'.repeat(512), 'x'.repeat(512)];
  const zeros = `kept${'\0'.repeat(508)}`;
  expect(seen).toEqual(new Set(['kept', first, zeros + second, first + second]));
});

test('an unfinished call counts when it has ended, and an answer to somebody is seen', () => {
  const kinds = [...readTrace(trace)].map(({ kind }) => kind);
  expect(kinds).toEqual(['open', 'write', 'flush', 'open', 'write', 'write', 'write']);
});
