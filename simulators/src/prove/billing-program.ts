import { openAsProgram } from '../bench/bill-books.ts';
import { billAll } from './bill-all.ts';
import { dailyPeriods } from './bill-books-sound.ts';

// A program of its own, so that it can be killed: bills everybody for every day of the filled month, then says so.
const [url = ''] = process.argv.slice(2);
const database = await openAsProgram(url, 4);
await billAll(database, dailyPeriods(), () => undefined);
await database[Symbol.asyncDispose]();
process.stdout.write('billed\n');
