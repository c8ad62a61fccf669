import assert from 'node:assert/strict';
import { type LegalRow, lastWeighing } from './legal-row.ts';

/** Rows on what a record says, so that a weighing can be made again from it alone. */
export const recordRows: readonly LegalRow[] = [
  {
    ids: ['LM-13', 'LM-31'],
    claim:
      'a record, its ticket and its answer name the instrument by its serial number, e, Min and Max, and the software',
    async try(at) {
      const answer = await at.drive(12_000, { direction: 'none', truck: 'R-1' });
      const { body } = lastWeighing(at);
      const { weight } = body;
      const instrument = {
        serialNo: '4711-22',
        interval: { value: '20', unit: 'kg' },
        minG: 800_000,
        maxG: 60_000_000,
      };
      assert.deepEqual(weight.instrument, instrument);
      const { softwareId } = (await at.ask('GET', '/identification')).json;
      assert.equal(weight.software, softwareId);
      assert.deepEqual(
        [weight.scaleId, weight.indication.value, weight.indication.unit, weight.stability],
        ['deck-1', '12000', 'kg', 'indicator'],
      );
      assert.deepEqual(answer.json.instrument, {
        serialNo: '4711-22',
        interval: instrument.interval,
        minKg: 800,
        maxKg: 60_000,
      });
      const ticket = await at.ask('GET', `/session/${body.sessionId}/ticket/none`);
      const text = ticket.text.replaceAll(/[\u2066-\u2069]/g, '').replaceAll(/\s+/g, ' ');
      for (const part of ['4711-22', '800 kg / 60000 kg / e=20 kg'])
        assert(text.includes(part), `the ticket lacks ${part}`);
    },
  },
];
