import { expect, test } from 'vitest';
import { explore } from './explore.ts';
import { BOUNDS, syncModel } from './sync-world.ts';
import { brokenVariants, knownLimit } from './variants.ts';

const MAX_STATES = 400_000;

test.each([
  { truck: 'one truck, two messages under way', bounds: { weighings: 1 } },
  { truck: 'two trucks, one message under way', bounds: { weighings: 2, underWay: 1 } },
])(
  'the production protocol loses and doubles nothing, whatever happens: $truck',
  ({ bounds }) => {
    const found = explore(syncModel({}, { ...BOUNDS, ...bounds }), { maxStates: MAX_STATES });
    expect(found).toMatchObject({ kind: 'holds' });
    expect(found.states).toBeGreaterThan(20_000);
  },
  120_000,
);

test.each([...brokenVariants, knownLimit])(
  'the check finds what is wrong with a protocol that $lacks',
  ({ weakness, bounds }) => {
    const found = explore(syncModel(weakness, { ...BOUNDS, ...bounds }), { maxStates: MAX_STATES });
    expect(found).toMatchObject({ kind: 'violated', what: expect.stringMatching(/^I[14]:/) });
  },
  60_000,
);
