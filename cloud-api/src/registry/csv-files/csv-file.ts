import type { Clock } from '@weighgate/protocol';
import type { Cell } from '../../http/csv-text.ts';
import type { Db, Trx } from '../../store/database.ts';

/** A row of a file that is imported. */
export interface FileRow<Column extends string> {
  /** Line of the file that it begins in, from 1. */
  line: number;
  /** The text of a cell without blanks around it; '' where it is empty, or where the file does not have the column. */
  cell: (column: Column) => string;
}

/** What importing a row does. */
export type PlannedRow<Column extends string> =
  | { kind: 'unchanged' }
  /** `what` is for whoever looks at the preview. */
  | { kind: 'added' | 'changed'; what: string; write: () => Promise<void> }
  | { kind: 'bad'; column: Column; reason: string };

/** What rows are imported with. */
export interface ImportParts {
  clock: Clock;
  /** Who says so. */
  saidBy: string;
}

/** A kind of thing in the registry, as the rows of a CSV file. */
export interface CsvFile<Kind extends string, Column extends string, Row> {
  kind: Kind;
  /** In the order of an export. An imported file has all that are required, in any order. */
  columns: Readonly<Record<Column, 'required' | 'optional'>>;
  /** A page of what is registered, in the order of its keys, after the last row of the page before. @param at ISO 8601 */
  readPage: (db: Db, after: Row | undefined, at: string) => Promise<Row[]>;
  /** In the order of the columns. */
  cellsOf: (row: Row) => Cell[];
  /**
   * Decides what importing each row would do, and does nothing of it. What is decided holds until the end of the transaction
   * when the caller holds the lock of master data.
   * @returns for each row what becomes of it, in their order
   */
  plan: (trx: Trx, rows: readonly FileRow<Column>[], parts: ImportParts) => Promise<PlannedRow<Column>[]>;
}

/** Rows of one page of an export. */
export const EXPORT_PAGE_ROWS = 5_000;

/** Says that a cell is bad. */
export const badCell = <Column extends string>(column: Column, reason: string) =>
  ({ kind: 'bad', column, reason }) as const;
