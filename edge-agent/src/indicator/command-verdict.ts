import type { IndicatorCommand } from '@weighgate/protocol';
import type { Decoded, Reading } from './reading.ts';

/** What a frame after a command says about it. */
export interface CommandVerdict {
  outcome: 'done' | 'refused';
  detail: string;
}

/** Codes with which acknowledgements say that it was done: MT-SICS, Radwag, Flintec. */
const doneCodes = ['A', 'S', 'D', ''];

/**
 * What one frame says about a command that was sent: an acknowledgement or error of the protocol, or a reading in which
 * the effect shows. Null when it says nothing.
 * @param before the reading at which the command was sent
 */
export function commandVerdict(
  command: IndicatorCommand,
  sent: Uint8Array,
  before: Reading,
  decoded: Exclude<Decoded, { kind: 'rejected' }>,
): CommandVerdict | null {
  if (decoded.kind === 'reading') return effectIn(command, before, decoded.reading);
  const { error, exception, ack, code = '', written } = decoded.facts;
  if (error !== undefined || exception !== undefined)
    return { outcome: 'refused', detail: `The indicator answers: error ${String(error ?? exception)}.` };
  if (written !== undefined) return { outcome: 'done', detail: 'The indicator acknowledges it.' };
  if (typeof ack !== 'string' || !isOf(ack, sent)) return null;
  return doneCodes.includes(String(code))
    ? { outcome: 'done', detail: 'The indicator acknowledges it.' }
    : { outcome: 'refused', detail: `The indicator declines it: ${ack} ${String(code)}.` };
}

/** Whether an acknowledgement belongs to what was sent: `Z` to `Z CR LF`, a plain `OK` to anything. */
function isOf(ack: string, sent: Uint8Array): boolean {
  const text = Buffer.from(sent)
    .toString('latin1')
    .replaceAll(/[^\x21-\x7e]/g, '');
  return ack === 'OK' || ack === text || text.endsWith(ack);
}

function effectIn(command: IndicatorCommand, before: Reading, now: Reading): CommandVerdict | null {
  const shows = (detail: string): CommandVerdict => ({ outcome: 'done', detail });
  switch (command) {
    case 'zero':
      return Number(before.value) !== 0 &&
        now.value !== null &&
        Number(now.value) === 0 &&
        now.mode !== 'tare'
        ? shows('The indicator shows zero.')
        : null;
    case 'tare':
      if (now.mode === 'tare' && before.mode !== 'tare') return shows('The indicator answers with the tare.');
      return before.mode !== 'net' && now.mode === 'net' ? shows('The indicator shows net.') : null;
    case 'clear_tare':
      return before.mode === 'net' && now.mode === 'gross' ? shows('The indicator shows gross.') : null;
    case 'print':
      return null;
  }
}
