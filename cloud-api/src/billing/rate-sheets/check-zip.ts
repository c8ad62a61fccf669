import { inflateRawSync } from 'node:zlib';

/** What a zip may hold before anybody reads it: a workbook of rates is far below all of it. */
export interface ZipLimits {
  entries: number;
  /** Of one entry, inflated. */
  entryBytes: number;
  /** Of all entries, inflated. */
  totalBytes: number;
  /** Inflated by stored bytes, of the whole file; what is inflated to less than a MiB may have any. */
  ratio: number;
}
const workbookLimits: ZipLimits = {
  entries: 200,
  entryBytes: 16 * 1024 * 1024,
  totalBytes: 32 * 1024 * 1024,
  ratio: 100,
};

export type ZipCheck = { kind: 'ok' } | { kind: 'refused'; reason: string };

interface Entry {
  name: string;
  method: number;
  storedBytes: number;
  bytes: number;
  offset: number;
}

const END_SIZE = 22;
const HEADER_SIZE = 46;
const LOCAL_SIZE = 30;
const SMALL_BYTES = 1024 * 1024;
const refused = (reason: string): ZipCheck => ({ kind: 'refused', reason });

/**
 * Checks a zip file before it is unpacked: first by what its directory declares, then by inflating each entry up to what
 * was declared and not a byte further. A file that two programs could read differently is refused.
 */
export function checkZip(file: Buffer, limits: ZipLimits = workbookLimits): ZipCheck {
  const entries = readDirectory(file, limits.entries);
  if (typeof entries === 'string') return refused(entries);
  const totalBytes = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  const large = entries.find(({ bytes }) => bytes > limits.entryBytes);
  if (large !== undefined)
    return refused(`"${large.name}" would be ${large.bytes} bytes, and ${limits.entryBytes} are allowed`);
  if (totalBytes > limits.totalBytes)
    return refused(`unpacked it would be ${totalBytes} bytes, and ${limits.totalBytes} are allowed`);
  if (totalBytes > SMALL_BYTES && totalBytes > file.length * limits.ratio)
    return refused(
      `unpacked it would be ${Math.round(totalBytes / file.length)} times as large, and ${limits.ratio} times are allowed`,
    );
  for (const entry of entries) {
    const fault = contentFaultOf(file, entry);
    if (fault !== undefined) return refused(`"${entry.name}" ${fault}`);
  }
  return { kind: 'ok' };
}

/** The entries that the directory names, or what is wrong with it. */
function readDirectory(file: Buffer, maxEntries: number): Entry[] | string {
  const end = file.length - END_SIZE;
  if (end < 0 || file.readUInt32LE(end) !== 0x06054b50) return 'it is no zip file, or more follows its end';
  const count = file.readUInt16LE(end + 10);
  const start = file.readUInt32LE(end + 16);
  if (file.readUInt32LE(end + 4) !== 0 || file.readUInt16LE(end + 8) !== count) return 'it has several parts';
  if (count > maxEntries) return `it has ${count} entries, and ${maxEntries} are allowed`;
  if (start + file.readUInt32LE(end + 12) !== end) return 'its directory does not end where the file ends';
  const entries: Entry[] = [];
  const names = new Set<string>();
  let at = start;
  for (let i = 0; i < count; i += 1) {
    if (at + HEADER_SIZE > end || file.readUInt32LE(at) !== 0x02014b50) return 'its directory is damaged';
    const nameLength = file.readUInt16LE(at + 28);
    const name = file.toString('utf8', at + HEADER_SIZE, at + HEADER_SIZE + nameLength);
    if ((file.readUInt16LE(at + 8) & 1) !== 0) return 'it is encrypted; save it without a password';
    if (/^[/\\]|\.\.|[\\\0]/.test(name)) return 'it has an entry that points outside of it';
    if (names.has(name)) return `it has "${name}" twice`;
    names.add(name);
    entries.push({
      name,
      method: file.readUInt16LE(at + 10),
      storedBytes: file.readUInt32LE(at + 20),
      bytes: file.readUInt32LE(at + 24),
      offset: file.readUInt32LE(at + 42),
    });
    at += HEADER_SIZE + nameLength + file.readUInt16LE(at + 30) + file.readUInt16LE(at + 32);
  }
  return at === end ? entries : 'its directory is damaged';
}

/** Inflates one entry no further than was declared. */
function contentFaultOf(
  file: Buffer,
  { name, method, storedBytes, bytes, offset }: Entry,
): string | undefined {
  if (offset + LOCAL_SIZE > file.length || file.readUInt32LE(offset) !== 0x04034b50)
    return 'is not where it should be';
  const nameLength = file.readUInt16LE(offset + 26);
  const local = file.toString('utf8', offset + LOCAL_SIZE, offset + LOCAL_SIZE + nameLength);
  if (local !== name || file.readUInt16LE(offset + 8) !== method) return 'is named differently in two places';
  const start = offset + LOCAL_SIZE + nameLength + file.readUInt16LE(offset + 28);
  if (start + storedBytes > file.length) return 'ends beyond the file';
  const stored = file.subarray(start, start + storedBytes);
  const content = method === 0 ? stored : method === 8 ? inflated(stored, bytes) : undefined;
  if (content === undefined) return 'is packed in a way that is not known, or is larger than declared';
  if (content.length !== bytes) return 'is not as large as declared';
  // Parts of a workbook are XML in UTF-8; document types bring entities, which nobody needs.
  if (content.includes('<!DOCTYPE') || content.includes('<!ENTITY')) return 'has a document type';
  if (/^(?:fffe|feff)/.test(content.toString('hex', 0, 2))) return 'is not in UTF-8';
  return undefined;
}

function inflated(stored: Buffer, maxBytes: number): Buffer | undefined {
  try {
    return inflateRawSync(stored, { maxOutputLength: Math.max(1, maxBytes) });
  } catch (error) {
    // Damaged, or larger than declared: zlib says ERR_BUFFER_TOO_LARGE or one of its own codes.
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
