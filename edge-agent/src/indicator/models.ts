import { z } from 'zod';
import type { Indicator } from './indicator.ts';
import type { IndicatorModel } from './model.ts';
import { mtContinuous } from './models/mt-continuous.ts';

/** Every indicator the agent knows. A new one is a file under `models/` and a line here. */
export const models: readonly IndicatorModel[] = [mtContinuous];

/** The model of that name; undefined when there is none. */
export function modelNamed(name: string): IndicatorModel | undefined {
  return models.find((model) => model.name === name);
}

/** How an indicator stands in the configuration: the model's name, and its options beside it. */
export const indicatorConfig = z
  .looseObject({
    model: z.string(),
    stripParity: z.union([z.boolean(), z.stringbool()]).default(false),
  })
  .transform((config, context): Indicator => {
    const { model: name, stripParity, ...given } = config;
    const model = modelNamed(name);
    if (model === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['model'],
        message: `there is no model ${name}; known are ${models.map((known) => known.name).join(', ')}`,
      });
      return z.NEVER;
    }
    const options = model.options.safeParse(given);
    if (!options.success) {
      for (const { message, path, ...issue } of options.error.issues)
        context.addIssue({ ...issue, message, path });
      return z.NEVER;
    }
    const kept = textsOf({ ...options.data, ...(stripParity ? { stripParity } : {}) });
    return { model: name, options: kept, stripParity, ...model.speak(options.data) };
  });

/** An indicator by its model's name and options. @throws z.ZodError when there is no such model or option */
export function indicatorOf(config: { model: string } & Record<string, unknown>): Indicator {
  return indicatorConfig.parse(config);
}

function textsOf(options: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(options).map(([key, value]) => [key, String(value)]));
}
