import type { Random } from '../random.ts';
import type { TracedCall } from './syscall-trace.ts';

/**
 * What a power cut leaves of what was not flushed: nothing, everything, some of the writes, or some of their sectors.
 * All four are allowed to a medium that keeps its word.
 */
export const lossModes = ['nothing', 'everything', 'some writes', 'torn writes'] as const;
export type LossMode = (typeof lossModes)[number];

const SECTOR_BYTES = 512;

type Change = { kind: 'write'; bytes: Buffer; offset: number } | { kind: 'truncate'; length: number };

/** One file: what is on the medium, and what is only in memory yet. */
interface TracedFile {
  flushed: Buffer;
  pending: Change[];
}

/** The files below one folder as a traced program left them, and as a power cut would. */
export class PowerCutDisk {
  readonly #root: string;
  readonly #files = new Map<string, TracedFile>();
  readonly #open = new Map<number, { file: TracedFile; position: number }>();

  constructor(root: string) {
    this.#root = root;
  }

  /** @returns whether the call changed anything here */
  take(call: TracedCall): boolean {
    switch (call.kind) {
      case 'open': {
        this.#open.delete(call.fd);
        if (!call.path.startsWith(this.#root)) return false;
        const file = this.#files.get(call.path) ?? { flushed: Buffer.alloc(0), pending: [] };
        this.#files.set(call.path, file);
        if (call.truncates) file.pending.push({ kind: 'truncate', length: 0 });
        this.#open.set(call.fd, { file, position: 0 });
        return true;
      }
      case 'close':
        return this.#open.delete(call.fd);
      case 'rename':
        return this.#name(call.from, call.to, true);
      case 'link':
        return this.#name(call.from, call.to, false);
      case 'unlink':
        return this.#files.delete(call.path);
      default:
        return this.#change(call);
    }
  }

  /** What a start after the cut finds, by path. */
  afterCut(mode: LossMode, random: Random): ReadonlyMap<string, Buffer> {
    const found = new Map<string, Buffer>();
    for (const [path, { flushed, pending }] of this.#files)
      found.set(path, applied(flushed, survivorsOf(pending, mode, random)));
    return found;
  }

  #change(call: Extract<TracedCall, { kind: 'write' | 'truncate' | 'flush' }>): boolean {
    const open = this.#open.get(call.fd);
    if (open === undefined) return false;
    const { file } = open;
    if (call.kind === 'flush') {
      file.flushed = applied(file.flushed, file.pending);
      file.pending = [];
    } else if (call.kind === 'truncate') {
      file.pending.push({ kind: 'truncate', length: call.length });
    } else {
      const offset = call.offset ?? open.position;
      if (call.offset === null) open.position += call.bytes.length;
      file.pending.push({ kind: 'write', bytes: call.bytes, offset });
    }
    return true;
  }

  /** Names are taken to be on the medium at once: the journal of the file system keeps their order. */
  #name(from: string, to: string, moves: boolean): boolean {
    const file = this.#files.get(from);
    if (file === undefined) return false;
    this.#files.set(to, file);
    if (moves) this.#files.delete(from);
    return true;
  }
}

function survivorsOf(pending: readonly Change[], mode: LossMode, random: Random): readonly Change[] {
  switch (mode) {
    case 'nothing':
      return [];
    case 'everything':
      return pending;
    case 'some writes':
      return pending.filter(() => random.next() < 0.5);
    case 'torn writes':
      return pending.flatMap((change) => sectorsOf(change)).filter(() => random.next() < 0.5);
  }
}

function sectorsOf(change: Change): Change[] {
  if (change.kind === 'truncate') return [change];
  const sectors: Change[] = [];
  for (let at = 0; at < change.bytes.length; ) {
    const end = Math.min(change.bytes.length, at + SECTOR_BYTES - ((change.offset + at) % SECTOR_BYTES));
    sectors.push({ kind: 'write', bytes: change.bytes.subarray(at, end), offset: change.offset + at });
    at = end;
  }
  return sectors;
}

function applied(flushed: Buffer, changes: readonly Change[]): Buffer {
  if (changes.length === 0) return flushed;
  let length = flushed.length;
  for (const change of changes)
    length = Math.max(length, change.kind === 'write' ? change.offset + change.bytes.length : change.length);
  const bytes = Buffer.alloc(length);
  flushed.copy(bytes);
  let end = flushed.length;
  for (const change of changes) {
    if (change.kind === 'truncate') {
      bytes.fill(0, change.length);
      end = change.length;
    } else {
      change.bytes.copy(bytes, change.offset);
      end = Math.max(end, change.offset + change.bytes.length);
    }
  }
  return bytes.subarray(0, end);
}
