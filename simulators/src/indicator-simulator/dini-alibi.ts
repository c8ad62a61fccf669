import type { Indication } from './indicator.ts';
import { requestText } from './request-length.ts';
import type { SimulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, fieldOf, grossOf, isOver, isUnder, textOf } from './wire-weight.ts';

/** A simulated indicator with an alibi memory that a test can look into. */
export interface AlibiProtocol extends SimulatedProtocol {
  /** What is kept, by its number, as it is sent. Whoever changes it has broken into the indicator. */
  readonly memory: Map<string, string>;
}

/**
 * Gives a protocol of Dini Argeo the optional alibi memory: `PID` keeps the gross weight when it stands still and is not
 * negative and answers its number, `ALRD` with that number shows it (3590EXP technical manual 5.8.1, DFW page 43).
 */
export function withDiniAlibi(protocol: SimulatedProtocol): AlibiProtocol {
  const memory = new Map<string, string>();

  function keep(indication: Indication): string {
    const { decimals, tare, unit, motion } = indication;
    const gross = grossOf(indication);
    const status = isOver(indication) ? 'OL' : isUnder(indication) ? 'UL' : motion ? 'US' : 'ST';
    const field = (counts: number) => `${fieldOf(textOf(counts, decimals), 10)}${unit}`;
    const weights = `1,${field(gross)},  ${field(tare)}`;
    if (status !== 'ST' || gross < 0) return `PID${status},${weights},NO`;
    const id = `00000-${String(memory.size + 1).padStart(6, '0')}`;
    memory.set(id, weights);
    return `PID${status},${weights},${id}`;
  }

  return {
    ...protocol,
    memory,
    answer(request, panel, options) {
      const text = requestText(request);
      if (text === 'PID') return bytesOf(`${keep(panel.indication)}\r\n`);
      if (!text.startsWith('ALRD')) return protocol.answer(request, panel, options);
      return bytesOf(`${memory.get(text.slice(4)) ?? 'ERR02'}\r\n`);
    },
  };
}
