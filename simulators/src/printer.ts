import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** What a simulated receipt printer suffers from. */
export interface PrinterCondition {
  paper: 'plenty' | 'low' | 'out';
  coverOpen: boolean;
  /** Connections are taken and nothing is answered, as by a printer that hangs. */
  hangs: boolean;
  /** Rows of dots that come out before the paper ends; null for a roll without end. */
  rowsLeft: number | null;
}

/** A picture that came out, one bit a dot, rows padded to whole bytes. */
export interface PrintedPaper {
  widthDots: number;
  heightDots: number;
  rows: Buffer;
}

/** A receipt printer with an Ethernet port, until disposed of. Written from the Epson ESC/POS command reference. */
export interface SimulatedPrinter extends AsyncDisposable {
  readonly port: number;
  readonly condition: PrinterCondition;
  /** Every byte it took, status questions included. */
  received(): Buffer;
  /** What was cut off: whole tickets. */
  papers(): readonly PrintedPaper[];
}

const MAX_BYTES = 8 * 1024 * 1024;
const ESC = 0x1b;
const GS = 0x1d;
const DLE = 0x10;

/** @param port 0 takes any that is free; the former one lets a printer that was switched off come back */
export async function servePrinter(port = 0): Promise<SimulatedPrinter> {
  const condition: PrinterCondition = { paper: 'plenty', coverOpen: false, hangs: false, rowsLeft: null };
  const clients = new Set<Socket>();
  const taken: Buffer[] = [];
  const papers: PrintedPaper[] = [];
  let takenBytes = 0;
  let strip: Buffer[] = [];
  let rowBytes = 0;

  function statusOf(question: number): number {
    const out = condition.paper === 'out';
    const stopped = out || condition.coverOpen;
    if (question === 1) return 0x12 | (stopped ? 0x08 : 0);
    if (question === 2) return 0x12 | (condition.coverOpen ? 0x04 : 0) | (out ? 0x20 : 0);
    return 0x12 | (condition.paper === 'plenty' ? 0 : 0x0c) | (out ? 0x60 : 0);
  }

  /** A printer without paper swallows what it is sent. */
  function feed(row: Buffer): void {
    if (condition.paper === 'out' || condition.coverOpen) return;
    strip.push(row);
    if (condition.rowsLeft === null) return;
    condition.rowsLeft -= 1;
    if (condition.rowsLeft <= 0) condition.paper = 'out';
  }

  function cut(): void {
    if (strip.length > 0 && condition.paper !== 'out')
      papers.push({ widthDots: rowBytes * 8, heightDots: strip.length, rows: Buffer.concat(strip) });
    strip = [];
  }

  /** Carries out the commands in `bytes`. @returns what is left of an unfinished one */
  function obey(bytes: Buffer, socket: Socket): Buffer {
    let at = 0;
    while (at < bytes.length) {
      const length = commandLength(bytes, at);
      if (length === null || at + length > bytes.length) break;
      const [first, second] = [bytes[at], bytes[at + 1]];
      if (first === DLE && second === 0x04) socket.write(Uint8Array.of(statusOf(bytes[at + 2] ?? 0)));
      if (first === ESC && second === 0x40) strip = [];
      if (first === GS && second === 0x56) cut();
      if (first === GS && second === 0x76) {
        rowBytes = bytes.readUInt16LE(at + 4);
        for (let from = at + 8; from < at + length; from += rowBytes)
          feed(Buffer.from(bytes.subarray(from, from + rowBytes)));
      }
      at += length;
    }
    return bytes.subarray(at);
  }

  const server = createServer((socket) => {
    clients.add(socket);
    let rest: Buffer = Buffer.alloc(0);
    socket.on('close', () => clients.delete(socket));
    // A client that goes away in the middle of a ticket is nothing to a printer.
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes: Buffer) => {
      if (condition.hangs) return;
      takenBytes += bytes.length;
      if (takenBytes > MAX_BYTES) return void socket.destroy();
      taken.push(bytes);
      rest = obey(Buffer.concat([rest, bytes]), socket);
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a printer listens on a port');
  return {
    port: address.port,
    condition,
    received: () => Buffer.concat(taken),
    papers: () => papers,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const client of clients) client.destroy();
      await closed;
    },
  };
}

/** Bytes of the command at `at`; null while that cannot be told yet. Text counts one by one. */
function commandLength(bytes: Buffer, at: number): number | null {
  const [first, second] = [bytes[at], bytes[at + 1]];
  if (first !== ESC && first !== GS && first !== DLE) return 1;
  if (second === undefined) return null;
  if (first === DLE) return 3;
  if (first === ESC) return second === 0x40 ? 2 : 3;
  if (second === 0x56) return 4;
  if (second !== 0x76) return 3;
  if (at + 8 > bytes.length) return null;
  return 8 + bytes.readUInt16LE(at + 4) * bytes.readUInt16LE(at + 6);
}
