import type { MassUnit } from '@weighgate/protocol';
import { columnNumber } from './column-number.ts';
import type { Indicator } from './indicator.ts';
import { type Decoded, type Facts, rejected } from './reading.ts';
import { unitField } from './unit-field.ts';

/** How an indicator is asked to keep a weight in its alibi memory, and to show one again. Answers come as facts. */
export interface AlibiDialect {
  keep: Uint8Array;
  /** @returns null for what is no number of this memory */
  recall(alibiId: string): Uint8Array | null;
  /** What a line says of the memory; null for every other line. */
  decode(line: string): Decoded | null;
}

/** What an indicator said of a weight in its memory. `kept` has the number under which it is. */
export type AlibiAnswer =
  | { kind: 'kept'; alibiId: string; value: string; unit: MassUnit }
  | { kind: 'not_kept' }
  | { kind: 'recalled'; value: string; unit: MassUnit }
  | { kind: 'not_found' };

const LINE_BYTES = 56;
const keptPattern =
  /^(?:\d{2})?PID(?:ST|US|OL|UL|TL),\d,(.{10})([A-Za-z ]{2}),(?:PT| {2}).{10}[A-Za-z ]{2},(\d{5}-\d{6}|NO)$/;
const recalledPattern = /^(?:\d{2})?\d,(.{10})([A-Za-z ]{2}),(?:PT| {2}).{10}[A-Za-z ]{2}$/;

/**
 * The alibi memory of Dini Argeo: `PID` keeps the gross weight and answers its number, `ALRD` and a number shows it.
 * @see Dini Argeo 3590EXP technical manual, section 5.8.1; DFW technical manual, page 43
 */
export const diniArgeoAlibi: AlibiDialect = {
  keep: Buffer.from('PID\r\n'),
  recall: (alibiId) => (/^\d{5}-\d{6}$/.test(alibiId) ? Buffer.from(`ALRD${alibiId}\r\n`) : null),
  decode(line) {
    const kept = keptPattern.exec(line);
    if (kept !== null) {
      const [, gross = '', unit = '', alibiId = ''] = kept;
      if (alibiId === 'NO') return { kind: 'answer', facts: { alibi: 'not_kept' } };
      return answerOf('kept', gross, unit, { alibiId });
    }
    const recalled = recalledPattern.exec(line);
    if (recalled !== null) {
      const [, gross = '', unit = ''] = recalled;
      return answerOf('recalled', gross, unit, {});
    }
    return /^(?:\d{2})?(?:ALRDNO|ERR0\d)$/.test(line)
      ? { kind: 'answer', facts: { alibi: 'not_found', error: line } }
      : null;
  },
};

function answerOf(alibi: 'kept' | 'recalled', gross: string, unitText: string, more: Facts): Decoded {
  const value = columnNumber(gross);
  const unit = unitField(unitText);
  if (value === null || unit === null)
    return rejected('a weight of the alibi memory is no number or has no unit');
  return { kind: 'answer', facts: { alibi, value, unit, ...more } };
}

/** An indicator that also understands what is said of its alibi memory. Its lines have to end in a line feed. */
export function withAlibi(indicator: Indicator, alibi: AlibiDialect): Indicator {
  const { framing } = indicator;
  if (!canHaveAlibi(indicator)) return indicator;
  return {
    ...indicator,
    framing: { ...framing, maxBytes: Math.max(framing.maxBytes, LINE_BYTES) },
    decode: (frame) => {
      const line = Buffer.from(frame).toString('latin1');
      return (line.endsWith('\r\n') ? alibi.decode(line.slice(0, -2)) : null) ?? indicator.decode(frame);
    },
  };
}

/** Whether answers of an alibi memory can be told from the weights of this indicator. */
export function canHaveAlibi({ framing }: Pick<Indicator, 'framing'>): boolean {
  return framing.kind === 'lines' && (framing.terminator === '\n' || framing.terminator === '\r\n');
}

/** What a frame says of the alibi memory; null when it says nothing of it. */
export function alibiAnswerIn(decoded: Decoded): AlibiAnswer | null {
  if (decoded.kind !== 'answer') return null;
  const { alibi, alibiId, value, unit } = decoded.facts;
  if (alibi === 'not_kept' || alibi === 'not_found') return { kind: alibi };
  if (typeof value !== 'string' || typeof unit !== 'string') return null;
  const shown = { value, unit: unit as MassUnit };
  if (alibi === 'kept' && typeof alibiId === 'string') return { kind: 'kept', alibiId, ...shown };
  return alibi === 'recalled' ? { kind: 'recalled', ...shown } : null;
}
