import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type CaptureReading, decodeCapture } from './indicator/decode-capture.ts';
import type { Indicator } from './indicator/indicator.ts';
import { indicatorConfig, modelNamed } from './indicator/models.ts';
import { textTable } from './text-table.ts';
import { UsageError } from './usage-error.ts';

const hex = z.string().regex(/^(?:[0-9a-fA-F]{2})*$/, 'must be pairs of hexadecimal digits');
const optionValue = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** One line asked: bytes and how to read them. */
const requestSchema = z
  .strictObject({
    id: z.union([z.string(), z.number()]).optional(),
    protocol: z.string(),
    options: z.record(z.string(), optionValue).nullish(),
    bytes_hex: hex.optional(),
    chunks_hex: z.array(hex).max(100_000).optional(),
  })
  .refine(({ bytes_hex, chunks_hex }) => bytes_hex !== undefined || chunks_hex !== undefined, {
    path: ['bytes_hex'],
    message: 'give bytes_hex or chunks_hex',
  });

/** One line answered; `error` when it could not be read at all. */
export type DecodeAnswer =
  | ({ id: string | number | null } & CaptureReading)
  | { id: string | number | null; error: string };

/** Indicators kept at a time: a stream of thousands of lines names few. */
const MOST_KEPT = 1000;

/** Makes what answers one line of JSON after another. It never throws: what is wrong with a line is its answer. */
export function lineDecoder(): (line: string) => DecodeAnswer {
  const kept = new Map<string, Indicator | string>();
  const keptIndicator = (protocol: string, options: Record<string, unknown>) => {
    const key = JSON.stringify([protocol, options]);
    const known = kept.get(key);
    if (known !== undefined) return known;
    const indicator = indicatorFor(protocol, options);
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(key, indicator);
    return indicator;
  };
  return (line) => decodeLine(line, keptIndicator);
}

function decodeLine(
  line: string,
  indicatorFor: (protocol: string, options: Record<string, unknown>) => Indicator | string,
): DecodeAnswer {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    return { id: null, error: `not JSON: ${(error as Error).message}` };
  }
  const request = requestSchema.safeParse(json);
  const id = z.looseObject({ id: z.union([z.string(), z.number()]) }).safeParse(json).data?.id ?? null;
  if (!request.success) return { id, error: wordsOf(request.error) };
  const { protocol, options, bytes_hex, chunks_hex } = request.data;
  const { sync, ...modelOptions } = options ?? {};
  const indicator = indicatorFor(protocol, modelOptions);
  if (typeof indicator === 'string') return { id, error: indicator };
  const chunks = (chunks_hex ?? [bytes_hex ?? '']).map((text) => Buffer.from(text, 'hex'));
  return { id, ...decodeCapture(indicator, chunks, sync === undefined ? undefined : sync === 'aligned') };
}

/** The indicator, or what is wrong with its name or options. */
function indicatorFor(protocol: string, options: Record<string, unknown>): Indicator | string {
  const parsed = indicatorConfig.safeParse({ ...options, model: protocol });
  if (parsed.success) return parsed.data;
  const known = Object.keys(modelNamed(protocol)?.options.shape ?? {});
  const unknown = Object.keys(options).filter((key) => key !== 'stripParity' && !known.includes(key));
  if (known.length === 0 || unknown.length === 0) return wordsOf(parsed.error);
  return `${protocol} has no option ${unknown.join(', ')}; its options are ${known.join(', ')}`;
}

/** Answers every line of `input` with one line on `output`, in order. */
export async function decodeLines(input: Readable, output: Writable): Promise<void> {
  const decode = lineDecoder();
  for await (const line of createInterface({ input })) {
    if (line.trim() === '') continue;
    if (!output.write(`${JSON.stringify(decode(line))}\n`)) {
      await new Promise<void>((resolve) => output.once('drain', resolve));
    }
  }
}

/**
 * A capture as a table for a person.
 * @throws UsageError when there is no such model or option
 */
export function captureTable(model: string, options: Record<string, string>, bytes: Uint8Array): string {
  const indicator = indicatorFor(model, options);
  if (typeof indicator === 'string') throw new UsageError(indicator);
  const { readings, discardedBytes, pendingBytes } = decodeCapture(indicator, [bytes]);
  const rows = readings.map((reading, index) => {
    const { value, unit, stable, mode, ...rest } = reading as Record<string, unknown>;
    const motion = stable === true ? 'stable' : stable === false ? 'moving' : '';
    const remarks = Object.entries(rest).filter(([, fact]) => fact !== null && fact !== false);
    const cells = [index + 1, value ?? '-', unit ?? '', motion, mode ?? ''];
    return [
      ...cells.map(String),
      remarks.map(([key, fact]) => (fact === true ? key : `${key}=${JSON.stringify(fact)}`)).join(' '),
    ];
  });
  const head = ['#', 'value', 'unit', 'motion', 'mode', 'remarks'];
  const summary = `${readings.length} frames, ${discardedBytes} bytes discarded, ${pendingBytes} bytes of an incomplete frame`;
  return [...textTable(head, rows, [0, 1]), summary].join('\n');
}

/** @throws UsageError for a file that cannot be read */
function bytesIn(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
}

function wordsOf(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .join('; ');
}

/**
 * `decode`: JSON lines on standard input, or a capture in a file as a table.
 * @returns the exit code
 */
export async function decodeCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { model: { type: 'string' }, option: { type: 'string', multiple: true, default: [] } },
  });
  const [file, ...more] = positionals;
  if (file === undefined && values.model === undefined) {
    await decodeLines(process.stdin, process.stdout);
    return 0;
  }
  if (file === undefined || values.model === undefined || more.length > 0) {
    throw new UsageError('A capture needs both: decode --model MODEL FILE');
  }
  const options = Object.fromEntries(
    values.option.map((text) => {
      const [, key, value] = /^([^=]+)=(.*)$/.exec(text) ?? [];
      if (key === undefined || value === undefined) throw new UsageError(`--option ${text}: write KEY=VALUE`);
      return [key, value];
    }),
  );
  process.stdout.write(`${captureTable(values.model, options, bytesIn(file))}\n`);
  return 0;
}
