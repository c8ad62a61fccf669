import { describe, expect, test } from 'vitest';
import { virtualClock } from '../line/virtual-clock.ts';
import { storeFolder } from './store-folder.ts';
import { bodyOf, codeOf, openDesk } from './test-desk.ts';

describe('containers at a weighing out', () => {
  test.each([
    ['declared', null, [], 5_850_000],
    ['declared', ['C-1'], ['C-1'], 7_000_000],
    ['same', null, ['C-1'], 7_000_000],
    ['same', [], [], 5_850_000],
    ['none', null, [], 5_850_000],
    ['none', ['C-1'], [], 5_850_000],
  ] as const)(
    'where the site says %s and the request names %j, %j stand on the deck',
    async (rule, named, out, netG) => {
      using folder = storeFolder();
      using desk = openDesk(folder.dataDir, virtualClock(), { rules: { containersAtOut: rule } });
      desk.store.containerTares.setTare('C-1', 1_150_000);
      await desk.drive(15_000, { containers: ['C-1'] });
      const closed = bodyOf(await desk.drive(8000, { direction: 'out', containers: named }));
      expect(closed).toMatchObject({ containers: out, net: { netG } });
    },
  );
});

describe("a truck's legal gross", () => {
  test('is told at every weighing, and above it the load is refused where the site has said so', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    const { trucks, journal } = desk.store;
    expect(trucks.setLegalGross('A-1', { legalGrossG: 14_000_000, overload: 'warn' })).toEqual({
      changed: true,
    });
    expect(trucks.setLegalGross('a 1', { legalGrossG: 14_000_000, overload: 'warn' })).toEqual({
      changed: false,
    });
    expect(bodyOf(await desk.drive(15_000, { truck: 'A1' }))).toMatchObject({ legalGrossG: 14_000_000 });
    trucks.setLegalGross('A-1', { legalGrossG: 7_999_000, overload: 'refuse' });
    await desk.scale.show(8000);
    const { seq } = journal.head();
    expect(desk.weigh({ truck: 'A-1', direction: 'out' })).toMatchObject({
      refusal: { code: 'over_legal_gross', legalGrossKg: 7999, overKg: 1 },
    });
    expect(desk.weigh({ truck: 'A-1', force: true })).toMatchObject({
      refusal: { code: 'over_legal_gross' },
    });
    expect(journal.head().seq).toBe(seq);
    trucks.setLegalGross('A-1', { legalGrossG: 8_000_000, overload: 'refuse' });
    expect(codeOf(desk.weigh({ truck: 'A-1', direction: 'out' }))).toBe('recorded');
    await desk.scale.show(0);
    expect(trucks.setLegalGross('A-1', null)).toEqual({ changed: true });
    expect(bodyOf(await desk.drive(15_000, { truck: 'A-1' }))).not.toHaveProperty('legalGrossG');
    expect(journal.verify().kind).toBe('intact');
  });

  test('is kept over a restart, and is of that truck alone', async () => {
    using folder = storeFolder();
    {
      using desk = openDesk(folder.dataDir);
      desk.store.trucks.setLegalGross('A-1', { legalGrossG: 9_000_000, overload: 'refuse' });
    }
    using desk = openDesk(folder.dataDir);
    expect(codeOf(await desk.drive(15_000, { truck: 'A-1' }))).toBe('over_legal_gross');
    expect(codeOf(await desk.drive(15_000, { truck: 'B-2' }))).toBe('recorded');
    // A single weighing is how an overload is found out.
    expect(bodyOf(await desk.drive(15_000, { truck: 'A-1', direction: 'single' }))).toMatchObject({
      legalGrossG: 9_000_000,
    });
  });
});

test('a check may be weighed while the truck is inside, and its session knows nothing of it', async () => {
  using folder = storeFolder();
  using desk = openDesk(folder.dataDir);
  const { sessionId } = bodyOf(await desk.drive(15_000, {}));
  expect(codeOf(await desk.drive(14_900, { direction: 'single' }))).toBe('session_open');
  const check = bodyOf(await desk.drive(14_900, { direction: 'single', purpose: 'check' }));
  expect(check).toMatchObject({ purpose: 'check', weight: { grossG: 14_900_000 } });
  expect(desk.store.sessions.session(sessionId)).toMatchObject({
    state: 'open',
    first: { grossG: 15_000_000 },
  });
  const out = bodyOf(await desk.drive(8000, { direction: 'out' }));
  expect(out).toMatchObject({ net: { netG: 7_000_000 } });
  expect(out.ticketNo.slice(-6)).toBe('000003');
});

test('chance chooses as many loads in a thousand as the site says, and the entry keeps it', async () => {
  using folder = storeFolder();
  const chances = [0.0499, 0.05];
  using desk = openDesk(folder.dataDir, virtualClock(), {
    rules: { inspectionPerMille: 50 },
    random: () => chances.shift() ?? 1,
  });
  expect(bodyOf(await desk.drive(15_000, { truck: 'A-1' }))).toMatchObject({ inspection: true });
  expect(bodyOf(await desk.drive(15_000, { truck: 'A-2' }))).not.toHaveProperty('inspection');
});
