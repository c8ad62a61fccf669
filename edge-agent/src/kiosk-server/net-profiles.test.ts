import { describe, expect, test } from 'vitest';
import { type Answer, openTestKiosk } from './test-kiosk.ts';

type Kiosk = ReturnType<typeof openTestKiosk>;

/** Below 500 kg no truck is on the deck, so a person gives such a weight. */
function weighAt(kiosk: Kiosk, kg: number, body: object): Promise<Answer> {
  return kg < 500 ? kiosk.weighManually(kg, body) : kiosk.drive(kg, body);
}

async function visit(kiosk: Kiosk, [inKg, outKg, tareKg]: readonly [number, number, number], out: object) {
  await kiosk.call('PUT', '/containers/C1', { tareKg });
  await weighAt(kiosk, inKg, { direction: 'in', truck: 'T1', containers: 'C1' });
  return weighAt(kiosk, outKg, { direction: 'out', truck: 'T1', ...out });
}

describe('empty containers leave on the truck', () => {
  const vectors = [
    [15_000, 8000, 1150, 6850, 7000],
    [10_000, 3000, 500, 2500, 7000],
    [7400, 680, 296, 384, 6720],
  ] as const;

  test.each(vectors)(
    '%d in, %d out, containers %d: tara %d, net %d',
    async (inKg, outKg, tareKg, truckTara, neto) => {
      // Named at the weighing out, or left out where the site says that they are the same.
      for (const [containersAtOut, out] of [
        ['declared', { containers: 'C1' }],
        ['same', {}],
        ['same', { containers: 'C1' }],
      ] as const) {
        using kiosk = openTestKiosk({}, { containersAtOut });
        const { status, body } = await visit(kiosk, [inKg, outKg, tareKg], out);
        expect({ status, body }).toMatchObject({
          status: 200,
          body: { truck_tara: truckTara, truckTara, neto, net_weight: neto, bruto: outKg },
        });
      }
    },
  );

  test('a truck that leaves heavier than it came is asked about, and its net is not made zero', async () => {
    using kiosk = openTestKiosk();
    expect(await visit(kiosk, [5000, 6000, 100], { containers: 'C1' })).toMatchObject({
      status: 409,
      body: { type: '/problems/negative-net', firstKg: 5000, secondKg: 6000, netKg: -1000 },
    });
    expect((await kiosk.get('/sessions/open')).body.sessions).toHaveLength(1);
  });

  test('containers heavier than all that stands on the deck are asked about, and no tara is made zero', async () => {
    using kiosk = openTestKiosk();
    expect(await visit(kiosk, [5000, 100, 500], { containers: 'C1' })).toMatchObject({
      status: 409,
      body: { type: '/problems/containers-heavier' },
    });
  });
});

describe('containers are unloaded with the fruit', () => {
  test.each([
    [15_000, 8000, [1150], 8000, 5850],
    [15_000, 4500, [300, 200], 4500, 10_000],
  ])('%d in, %d out, containers %j: tara %d, net %d', async (inKg, outKg, taresKg, truckTara, neto) => {
    const containers = taresKg.map((_, index) => `C${index}`);
    // Not named at the weighing out, or named where the site says that none ever leave.
    for (const [containersAtOut, out] of [
      ['declared', {}],
      ['declared', { containers: '' }],
      ['same', { containers: [] }],
      ['none', {}],
      ['none', { containers }],
    ] as const) {
      using kiosk = openTestKiosk({}, { containersAtOut });
      for (const [index, tareKg] of taresKg.entries())
        await kiosk.call('PUT', `/containers/C${index}`, { tareKg });
      await kiosk.drive(inKg, { direction: 'in', truck: 'T1', containers });
      const { status, body } = await kiosk.drive(outKg, { direction: 'out', truck: 'T1', ...out });
      expect({ status, body }).toMatchObject({
        status: 200,
        body: { truckTara, truck_tara: truckTara, neto },
      });
    }
  });
});

test('a container named twice counts once, at either weighing', async () => {
  using kiosk = openTestKiosk();
  await kiosk.call('PUT', '/containers/C1', { tareKg: 1150 });
  await kiosk.drive(15_000, { direction: 'in', truck: 'T1', containers: 'C1,C1' });
  const { body } = await kiosk.drive(8000, { direction: 'out', truck: 'T1', containers: ['C1', 'C1'] });
  expect(body).toMatchObject({ neto: 7000, truckTara: 6850 });
});

test.each([
  [1, 0.454],
  [2204, 999.718],
  [2205, 1000.171],
  [11_000, 4989.516],
  [33_000, 14_968.548],
])('%d lbs are %d kg, to the gram', async (pounds, bruto) => {
  using kiosk = openTestKiosk();
  const { body } = await kiosk.weighManually(pounds, { direction: 'in', truck: 'T1', unit: 'lbs' });
  expect(body.bruto).toBe(bruto);
});
