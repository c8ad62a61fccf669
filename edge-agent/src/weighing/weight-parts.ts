import { evidenceRunsOf, MAX_EVIDENCE_FRAMES, type WeightPart } from '@weighgate/protocol';
import { alibiPart } from './alibi-part.ts';
import { indicationOf } from './indication.ts';
import { instrumentOf } from './instrument.ts';
import type { Scale } from './register-weight.ts';

/**
 * What each deck under one truck shows now, with its frames; null when one of them shows nothing usable.
 * @param nowMs monotonic
 */
export function weightPartsOf(scales: readonly Scale[], nowMs: number): WeightPart[] | null {
  const framesEach = Math.floor(MAX_EVIDENCE_FRAMES / scales.length);
  const parts = scales.flatMap((scale): WeightPart[] => {
    const { id, deck, indicator, serialNo } = scale;
    const { grossG, latest } = deck.view();
    if (grossG === null || latest === null || latest.reading.value === null || latest.reading.unit === null)
      return [];
    const { value, unit } = latest.reading;
    return [
      {
        scaleId: id,
        grossG,
        indication: indicationOf(value, unit, latest.reading),
        indicator: { model: indicator.model, options: indicator.options },
        frames: evidenceRunsOf(deck.evidence(nowMs).slice(-framesEach)),
        instrument: instrumentOf(serialNo, deck.rule),
        ...alibiPart(scale),
      },
    ];
  });
  return parts.length === scales.length ? parts : null;
}
