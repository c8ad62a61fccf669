import assert from 'node:assert/strict';
import { isRefused, type LegalRow, lastWeighing } from './legal-row.ts';

/** Rows on tares: what kinds there are, and what a typed one may be. */
export const tareRows: readonly LegalRow[] = [
  {
    ids: ['LM-23'],
    claim: 'a preset tare is not negative nor above Max, and is rounded to d where it is used',
    async try(at) {
      for (const tareKg of [-1, 60_001])
        assert(
          [400, 422].includes((await at.ask('PUT', '/trucks/PT-1/tare', { tareKg })).status),
          `${tareKg} kg`,
        );
      assert.equal((await at.ask('PUT', '/trucks/PT-1/tare', { tareKg: 8211 })).status, 200);
      await at.empty();
      at.indicator.show(15_000);
      await at.pause(1_500);
      const body = { direction: 'out', truck: 'PT-1', useStoredTare: true };
      const { json } = await at.ask('POST', '/weight', body, await at.signIn('Dana'));
      assert.deepEqual([json.grossKg, json.truckTareKg, json.netKg], [15_000, 8220, 6780]);
    },
  },
  {
    ids: ['LM-20', 'LM-21', 'LM-24', 'LM-25'],
    claim:
      'a stored tare is used for the truck that is named, only while it holds; its kind, source and days are on record and on the ticket: PT when it was typed',
    async try(at) {
      const preset = lastWeighing(at);
      assert(preset.kind === 'session.one_pass');
      const { kind, weightId, setAt, validUntil } = preset.body.storedTare;
      assert.deepEqual([kind, weightId], ['preset', null]);
      assert.equal(Date.parse(validUntil) - Date.parse(setAt), 30 * 24 * 3_600_000);
      const ticket = await at.ask('GET', `/session/${preset.body.sessionId}/ticket/out`);
      for (const part of ['(PT)', '8220 kg', '6780 kg', 'preset, typed on'])
        assert(ticket.text.replaceAll(/[\u2066-\u2069]/g, '').includes(part), `the ticket lacks ${part}`);

      await at.drive(15_000, { direction: 'in', truck: 'T-1' });
      assert.equal((await at.drive(8000, { direction: 'out', truck: 'T-1' })).status, 200);
      const weighedOut = lastWeighing(at).body.weight.weightId;
      const pass = { direction: 'out', useStoredTare: true };
      isRefused(await at.drive(14_000, { ...pass, truck: 'T-1' }), 'stored-tare-unattended');
      const dana = await at.signIn('Dana');
      isRefused(await at.ask('POST', '/weight', { ...pass, truck: 'T-2' }, dana), 'stored-tare-missing');
      await at.pause(1_500);
      const { json } = await at.ask('POST', '/weight', { ...pass, truck: 'T-1' }, dana);
      assert.equal(json.netKg, 6000, JSON.stringify(json));
      const weighed = lastWeighing(at);
      assert(weighed.kind === 'session.one_pass');
      assert.deepEqual(
        [weighed.body.storedTare.kind, weighed.body.storedTare.weightId],
        ['weighed', weighedOut],
      );
    },
  },
];
