import { type Clock, languageSchema } from '@weighgate/protocol';
import { z } from 'zod';
import { tcpLine } from '../../line/tcp-line.ts';
import { escposPrinter } from './escpos-printer.ts';
import { folderPrinter } from './folder-printer.ts';
import type { TicketPrinter } from './printer.ts';
import { cupsPrinter, devicePrinter } from './program-printer.ts';

const eachPrinter = {
  /** Of the tickets it prints. */
  language: languageSchema.default('he'),
  /** `block`: without a printer that prints nothing is weighed. `store`: the weighing goes on. */
  whenPaperOut: z.enum(['block', 'store']).default('store'),
};
const paper = z.enum(['80mm', 'a5']);

/** How the printer of tickets is reached. */
export const printerConfig = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('escpos-tcp'),
    host: z.string().min(1),
    port: z.int().min(1).max(65_535).default(9100),
    ...eachPrinter,
  }),
  /** Such as /dev/usb/lp0; it cannot be asked whether it has paper. */
  z.strictObject({ kind: z.literal('escpos-device'), path: z.string().min(1), ...eachPrinter }),
  z.strictObject({
    kind: z.literal('cups'),
    queue: z.string().regex(/^[\w.-]{1,127}$/, 'must be the name of a queue'),
    paper: paper.default('a5'),
    ...eachPrinter,
  }),
  /** Relative to the configuration file. */
  z.strictObject({
    kind: z.literal('folder'),
    folder: z.string().min(1),
    paper: paper.default('80mm'),
    ...eachPrinter,
  }),
]);
export type PrinterConfig = z.infer<typeof printerConfig>;

export function printerOf(config: PrinterConfig, clock: Clock): TicketPrinter {
  switch (config.kind) {
    case 'escpos-tcp': {
      const { host, port } = config;
      return escposPrinter(`tcp ${host}:${port}`, tcpLine({ host, port }), clock);
    }
    case 'escpos-device':
      return devicePrinter(config.path);
    case 'cups':
      return cupsPrinter(config.queue, `pdf-${config.paper}`);
    case 'folder':
      return folderPrinter(config.folder, `pdf-${config.paper}`);
  }
}
