import { decodeCapture } from '@weighgate/edge-agent/src/indicator/decode-capture.ts';
import { indicatorOf, modelNamed } from '@weighgate/edge-agent/src/indicator/models.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decoderOptionsOf } from '../decoder-options.ts';
import type { Indication } from './indicator.ts';
import { protocols } from './protocols.ts';
import { grossKg } from './showing.ts';

/** Facts that a wire leaves out while it says something else in their place. */
const hidden: Record<string, (indication: Indication) => readonly string[]> = {
  'rinstrum-fmt1': ({ motion }) => (motion ? ['mode'] : []),
  // Only net is marked.
  'toledo-8217': ({ net }) => (net ? [] : ['mode']),
  'western-df1500': ({ negative, motion }) => (negative && !motion ? ['stable'] : []),
};

const shown = ({ displayed, negative, decimals }: Indication): string | null => {
  if (displayed === null) return null;
  const digits = String(displayed).padStart(decimals + 1, '0');
  const text = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  return negative && displayed !== 0 ? `-${text}` : text;
};

const indicatorAsks = (name: string): boolean => indicatorOf({ model: name }).enquiry !== undefined;

/** The gross behind a net indication. */
function grossOf(indication: Indication): Indication {
  const net = (indication.displayed ?? 0) * (indication.negative ? -1 : 1);
  const gross = net + indication.tare;
  return { ...indication, displayed: Math.abs(gross), negative: gross < 0, net: false };
}

const indications: fc.Arbitrary<Indication> = fc
  .record({
    steps: fc.integer({ min: 0, max: 2999 }),
    negative: fc.boolean(),
    motion: fc.boolean(),
    unit: fc.constantFrom('kg' as const, 'lb' as const),
    net: fc.boolean(),
  })
  .map(({ steps, net, ...rest }) =>
    grossKg(steps * 20, { ...rest, net, tare: net ? 1200 : 0, centreOfZero: steps === 0 && !rest.motion }),
  );

describe.each([...protocols.values()])('$name, from the simulated indicator to the reading', (protocol) => {
  const says = protocol.says();
  /** What comes over the line: by itself, or as the answer to what the model asks. */
  const read = (indication: Indication) => {
    const indicator = indicatorOf({ model: protocol.name, ...decoderOptionsOf(protocol.name, indication) });
    const panel = { indication, press: () => 'refused' as const, stream: () => undefined };
    const asked = indicator.enquiry === undefined ? null : protocol.answer(indicator.enquiry, panel);
    const bytes = asked ?? protocol.encode(indication);
    return bytes === null ? null : decodeCapture(indicator, [bytes], true);
  };

  test('is the weight that was shown, and all that the wire can say of it', () => {
    let compared = 0;
    fc.assert(
      fc.property(indications, (indication) => {
        if (indication.negative && !says.has('sign')) return;
        if (
          indication.unit === 'lb' &&
          !says.has('unit') &&
          !('unit' in (modelNamed(protocol.name)?.options.shape ?? {}))
        )
          return;
        const capture = read(indication);
        if (capture === null) return;
        expect(capture).toMatchObject({ outcome: 'reading', discardedBytes: 0, pendingBytes: 0 });
        const [reading] = capture.readings;
        // An answer that is no reading refuses the weight; some indicators do so while it moves.
        if (reading !== undefined && !('value' in reading)) return;
        if (reading?.value === null && indication.motion) return;
        compared += 1;
        // Some enquiries ask for the gross whatever is shown.
        const asksGross = indication.net && reading?.mode === 'gross' && indicatorAsks(protocol.name);
        expect(reading).toMatchObject({ value: asksGross ? shown(grossOf(indication)) : shown(indication) });
        const hides = hidden[protocol.name]?.(indication) ?? [];
        if (hides.includes('stable')) expect(reading?.stable).toBeNull();
        else if (says.has('stable')) expect(reading).toMatchObject({ stable: !indication.motion });
        else expect(reading?.stable ?? null).not.toBe(false);
        if (says.has('mode') && !hides.includes('mode') && !asksGross)
          expect(reading).toMatchObject({ mode: indication.net ? 'net' : 'gross' });
        if (says.has('unit')) {
          // Some indicators leave the unit out while the weight moves.
          expect([indication.unit, ...(indication.motion ? [null] : [])]).toContain(reading?.unit);
        }
      }),
      { numRuns: 300 },
    );
    expect(compared).toBeGreaterThan(50);
  });

  test('out of range is never a weight', () => {
    for (const negative of [false, true]) {
      // An indicator without a word for below zero just goes on sending weights.
      if (negative && !says.has('underload') && !says.has('out of range')) continue;
      const capture = read(grossKg(null, { outOfRange: true, withheld: 61_000, negative, motion: true }));
      for (const reading of capture?.readings ?? []) {
        if (!('value' in reading)) continue;
        expect(reading).toMatchObject({ value: null, stable: false });
        if (says.has('overload') && !negative) expect(reading).toMatchObject({ overload: true });
      }
    }
  });
});
