import type { LineConfig } from './config.ts';
import type { OpenLine } from './line/line.ts';
import { rfc2217Line } from './line/rfc2217-line.ts';
import { serialLine } from './line/serial-line.ts';
import { tcpLine } from './line/tcp-line.ts';

/** The maker of a configured line. */
export function openLineOf(line: LineConfig): OpenLine {
  switch (line.kind) {
    case 'tcp':
      return tcpLine(line);
    case 'serial':
      return serialLine(line);
    case 'rfc2217':
      return rfc2217Line(line);
  }
}
