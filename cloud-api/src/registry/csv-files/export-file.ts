import { CSV_START, csvRow } from '../../http/csv-text.ts';
import type { Db } from '../../store/database.ts';
import type { CsvFile } from './csv-file.ts';

/** Everything that is registered of a kind as CSV, page by page. @param at ISO 8601: what holds then */
export async function* exportFile<Column extends string, Row>(
  file: CsvFile<string, Column, Row>,
  db: Db,
  at: string,
): AsyncGenerator<string> {
  yield CSV_START + csvRow(Object.keys(file.columns).map((text) => ({ text })));
  let page = await file.readPage(db, undefined, at);
  while (page.length > 0) {
    yield page.map((row) => csvRow(file.cellsOf(row))).join('');
    page = await file.readPage(db, page.at(-1), at);
  }
}
