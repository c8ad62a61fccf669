import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { netOf, netSchema } from './net-rule.ts';

const first = { grossG: 15_000_000, containers: ['C-1', 'C-2'] };
const tareG = new Map([
  ['C-1', 500_000],
  ['C-2', 650_000],
]);

describe('net of 15000 kg in, 8000 kg out, containers of 1150 kg', () => {
  test('is 7000 kg when the containers stayed on the truck, whose tare is 6850 kg', () => {
    const second = { grossG: 8_000_000, containers: ['C-1', 'C-2'] };
    expect(netOf(first, second, tareG)).toEqual({ kind: 'known', netG: 7_000_000, truckTareG: 6_850_000 });
  });

  test('is 5850 kg when the containers were unloaded with the fruit: the truck’s tare is 8000 kg', () => {
    const second = { grossG: 8_000_000, containers: [] };
    expect(netOf(first, second, tareG)).toEqual({ kind: 'known', netG: 5_850_000, truckTareG: 8_000_000 });
  });

  test('is 7000 kg without containers', () => {
    const bare = netOf(
      { grossG: 15_000_000, containers: [] },
      { grossG: 8_000_000, containers: [] },
      new Map(),
    );
    expect(bare).toEqual({ kind: 'known', netG: 7_000_000, truckTareG: 8_000_000 });
  });

  test('adds what was taken along empty: containers declared only at the second weighing', () => {
    const bare = { grossG: 15_000_000, containers: [] };
    const second = { grossG: 8_000_000, containers: ['C-1'] };
    expect(netOf(bare, second, tareG)).toEqual({ kind: 'known', netG: 7_500_000, truckTareG: 7_500_000 });
  });

  test('is negative when the truck leaves heavier than it came, never made zero', () => {
    const light = { grossG: 8_000_000, containers: [] };
    const heavy = { grossG: 15_000_000, containers: [] };
    expect(netOf(light, heavy, new Map())).toEqual({
      kind: 'known',
      netG: -7_000_000,
      truckTareG: 15_000_000,
    });
  });

  test('counts a container without weight as known: a tare of zero is a tare', () => {
    const weightless = { grossG: 15_000_000, containers: ['C-0'] };
    const net = netOf(weightless, { grossG: 8_000_000, containers: [] }, new Map([['C-0', 0]]));
    expect(net).toMatchObject({ kind: 'known', netG: 7_000_000 });
  });
});

describe('an unknown container makes the net pending', () => {
  test.each([
    ['at the first weighing', ['X-9', 'C-1'], ['C-1'], ['X-9']],
    ['at the second weighing', ['C-1'], ['X-9'], ['X-9']],
    ['at both, on each side another', ['X-9', 'C-1'], ['A-7', 'C-2'], ['A-7', 'X-9']],
    ['at both, the same', ['X-9'], ['X-9'], ['X-9']],
    [
      'named like a property every object has',
      ['__proto__', 'constructor'],
      [],
      ['__proto__', 'constructor'],
    ],
  ])('%s, and exactly the unknown ones are named, sorted', (_, containersIn, containersOut, waitingFor) => {
    const net = netOf(
      { grossG: 15_000_000, containers: containersIn },
      { grossG: 8_000_000, containers: containersOut },
      tareG,
    );
    expect(net).toEqual({ kind: 'pending', waitingFor });
  });
});

const containerId = fc.constantFrom<string>('A-1', 'B-2', 'C-3', 'D-4', 'E-5', 'F-6');
const containers = fc.array(containerId, { maxLength: 8 });
const grossG = fc.nat({ max: 100_000_000 });
const tares = fc.uniqueArray(fc.tuple(containerId, fc.nat({ max: 5_000_000 })), { selector: ([id]) => id });

describe('the net rule, whatever is declared', () => {
  test('is pending exactly when a declared container has no tare, and else W in less W out less what was unloaded', () => {
    fc.assert(
      fc.property(
        grossG,
        containers,
        grossG,
        containers,
        tares,
        (inG, declaredIn, outG, declaredOut, known) => {
          const tareOf = new Map(known);
          const net = netOf(
            { grossG: inG, containers: declaredIn },
            { grossG: outG, containers: declaredOut },
            tareOf,
          );
          expect(netSchema.parse(net)).toEqual(net);
          const unknown = ['A-1', 'B-2', 'C-3', 'D-4', 'E-5', 'F-6'].filter(
            (id) => (declaredIn.includes(id) || declaredOut.includes(id)) && !tareOf.has(id),
          );
          if (unknown.length > 0) {
            expect(net).toEqual({ kind: 'pending', waitingFor: unknown });
            return;
          }
          let netG = inG - outG;
          let truckTareG = outG;
          for (const [id, containerTareG] of known) {
            if (declaredIn.includes(id)) netG -= containerTareG;
            if (declaredOut.includes(id)) netG += containerTareG;
            if (declaredOut.includes(id)) truckTareG -= containerTareG;
          }
          expect(net).toEqual({ kind: 'known', netG, truckTareG });
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('does not depend on the order of the containers, nor on naming one twice', () => {
    const shuffled = containers.chain((ids) =>
      fc.tuple(fc.constant(ids), fc.shuffledSubarray([...ids, ...ids], { minLength: ids.length * 2 })),
    );
    fc.assert(
      fc.property(shuffled, shuffled, tares, ([idsIn, otherIn], [idsOut, otherOut], known) => {
        const tareOf = new Map(known);
        const net = netOf({ grossG: 9, containers: idsIn }, { grossG: 5, containers: idsOut }, tareOf);
        const again = netOf({ grossG: 9, containers: otherIn }, { grossG: 5, containers: otherOut }, tareOf);
        expect(again).toEqual(net);
      }),
    );
  });
});
