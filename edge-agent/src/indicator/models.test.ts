import { describe, expect, test } from 'vitest';
import { indicatorConfig, indicatorOf } from './models.ts';

describe('an indicator by configuration', () => {
  test('has the options it was given and the defaults for the rest, as they are kept with every weight', () => {
    const indicator = indicatorOf(indicatorConfig.parse({ model: 'mt-continuous', dummyZeros: 'implied' }));
    expect(indicator.model).toBe('mt-continuous');
    expect(indicator.options).toEqual({
      checksum: 'mt7',
      variant: 'standard',
      dummyZeros: 'implied',
      terminator: 'cr',
    });
  });

  test.each([
    { model: 'mt-continous' },
    { model: 'mt-continuous', checksum: 'crc' },
    { model: 'mt-continuous', x: 1 },
  ])('%j is refused', (config) => {
    expect(indicatorConfig.safeParse(config).success).toBe(false);
  });
});
