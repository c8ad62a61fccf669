import { z } from 'zod';
import type { Indicator } from './indicator.ts';
import { mtContinuous, mtContinuousOptions } from './models/mt-continuous.ts';

/** Every indicator the agent knows, by the name used in configuration. */
export const indicatorConfig = z.discriminatedUnion('model', [
  mtContinuousOptions.extend({ model: z.literal('mt-continuous') }),
]);
export type IndicatorConfig = z.infer<typeof indicatorConfig>;

/** The indicator a configuration names. */
export function indicatorOf({ model, ...options }: IndicatorConfig): Indicator {
  switch (model) {
    case 'mt-continuous':
      return mtContinuous(options);
  }
}
