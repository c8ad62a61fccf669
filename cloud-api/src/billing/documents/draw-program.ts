import { json } from 'node:stream/consumers';
import type { BillDocument } from './bill-document.ts';
import { drawnDocument } from './document-drawing.ts';

/** A program of its own: a document comes in as JSON on standard input, its PDF goes out on standard output. */
process.stdout.write(drawnDocument((await json(process.stdin)) as BillDocument));
