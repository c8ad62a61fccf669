/** One change to a file that the traced program made, or a word it said to the world. */
export type TracedCall =
  | { kind: 'open'; fd: number; path: string; truncates: boolean }
  | { kind: 'close'; fd: number }
  | { kind: 'write'; fd: number; bytes: Buffer; offset: number | null }
  | { kind: 'truncate'; fd: number; length: number }
  | { kind: 'flush'; fd: number }
  | { kind: 'rename'; from: string; to: string }
  | { kind: 'link'; from: string; to: string }
  | { kind: 'unlink'; path: string };

/** The calls that {@link readTrace} understands, for strace's `-e trace=`. */
export const tracedSyscalls =
  'openat,close,write,pwrite64,writev,ftruncate,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat';

/**
 * Reads the output of `strace -f -xx -o FILE`, which spells every string in hexadecimal: calls that succeeded, in the
 * order they ended. Lines of calls it does not know are passed over.
 */
export function* readTrace(text: string): Generator<TracedCall> {
  const unfinished = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, process = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    const begun = /^(.*) <unfinished \.\.\.>$/.exec(rest)?.[1];
    if (begun !== undefined) {
      unfinished.set(process, begun);
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest)?.[1];
    const call = callOf(resumed === undefined ? rest : `${unfinished.get(process) ?? ''}${resumed}`);
    if (call !== null) yield call;
  }
}

function callOf(line: string): TracedCall | null {
  const [, name, args = '', result] = /^(\w+)\((.*)\)\s+= (\d+)/.exec(line) ?? [];
  if (name === undefined || result === undefined) return null;
  const texts = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex = '']) =>
    Buffer.from(hex.replaceAll('\\x', ''), 'hex'),
  );
  const paths = texts.map(String);
  const fd = Number(/^(\d+)/.exec(args)?.[1]);
  const last = Number(/, (\d+)$/.exec(args)?.[1]);
  const [first = '', second = ''] = paths;
  switch (name) {
    case 'openat':
      return { kind: 'open', fd: Number(result), path: first, truncates: args.includes('O_TRUNC') };
    case 'close':
      return { kind: 'close', fd };
    case 'write':
    case 'writev':
      return { kind: 'write', fd, bytes: Buffer.concat(texts).subarray(0, Number(result)), offset: null };
    case 'pwrite64':
      return { kind: 'write', fd, bytes: Buffer.concat(texts).subarray(0, Number(result)), offset: last };
    case 'ftruncate':
      return { kind: 'truncate', fd, length: last };
    case 'fsync':
    case 'fdatasync':
      return { kind: 'flush', fd };
    case 'rename':
    case 'renameat':
    case 'renameat2':
      return { kind: 'rename', from: first, to: second };
    case 'link':
    case 'linkat':
      return { kind: 'link', from: first, to: second };
    case 'unlink':
    case 'unlinkat':
      return { kind: 'unlink', path: first };
    default:
      return null;
  }
}
