import { containerIdSchema, gramsOf } from '@weighgate/protocol';
import type { FieldError } from './problem.ts';

/** One row of a list of tares as it was written, and where. */
export interface TareRow {
  /** Line of the file, or place in a JSON list, from 1. */
  line: number;
  id: unknown;
  weight: unknown;
  unit: unknown;
}

/** What is wrong in one row. */
export interface RowFault extends FieldError {
  line: number;
}

/** Heaviest tare that a list may name, in kg. */
const MAX_TARE_KG = 100_000;

/**
 * The tares in grams that rows give, or every row that gives none. A container that stands in two rows with different
 * tares has none that could be believed.
 */
export function taresOfRows(
  rows: readonly TareRow[],
): { kind: 'tares'; tares: ReadonlyMap<string, number> } | { kind: 'faults'; faults: RowFault[] } {
  const tares = new Map<string, number>();
  const lineOf = new Map<string, number>();
  const faults: RowFault[] = [];
  for (const row of rows) {
    const { line } = row;
    const reading = readRow(row);
    if (reading.kind === 'fault') {
      faults.push({ line, path: reading.path, message: reading.message });
      continue;
    }
    const { id, tareG } = reading;
    if ((tares.get(id) ?? tareG) !== tareG) {
      faults.push({ line, path: 'weight', message: `${id} has another weight on line ${lineOf.get(id)}` });
      continue;
    }
    tares.set(id, tareG);
    lineOf.set(id, line);
  }
  return faults.length > 0 ? { kind: 'faults', faults } : { kind: 'tares', tares };
}

type RowReading =
  | { kind: 'tare'; id: string; tareG: number }
  | { kind: 'fault'; path: 'id' | 'weight' | 'unit'; message: string };

function readRow({ id, weight, unit }: TareRow): RowReading {
  const container = containerIdSchema.safeParse(id);
  if (!container.success)
    return { kind: 'fault', path: 'id', message: 'must be 1 to 15 characters of letters, digits, - and _' };
  const massUnit = massUnitOf(unit);
  if (massUnit === undefined) return { kind: 'fault', path: 'unit', message: 'must be kg or lbs' };
  const text = typeof weight === 'number' || typeof weight === 'string' ? String(weight) : '';
  if (!/^\d{1,7}(\.\d{1,3})?$/.test(text))
    return { kind: 'fault', path: 'weight', message: 'must be a number with at most three decimals' };
  const tareG = gramsOf(text, massUnit);
  if (tareG === 0 || tareG > MAX_TARE_KG * 1000)
    return { kind: 'fault', path: 'weight', message: `must be more than 0 and at most ${MAX_TARE_KG} kg` };
  return { kind: 'tare', id: container.data, tareG };
}

function massUnitOf(unit: unknown): 'kg' | 'lb' | undefined {
  if (typeof unit !== 'string') return undefined;
  const name = unit.toLowerCase();
  return name === 'kg' ? 'kg' : name === 'lbs' ? 'lb' : undefined;
}
