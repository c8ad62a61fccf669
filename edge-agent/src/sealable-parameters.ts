import type { Config } from './config.ts';
import type { SealableParameter } from './store/sealed-parameters.ts';

/** What the agent's own housekeeping needs. All else in the configuration bears on what is weighed, printed or kept. */
const housekeeping: readonly string[] = ['dataDir', 'http', 'mqtt', 'importDir', 'logLevel', 'backup'];

/** How a scale is reached and read; the rest of a scale's settings bears on the weight itself. */
const connection: readonly string[] = ['line', 'ask', 'positionSensors'];

/**
 * The sealable parameters (LM-54) of a configuration: every setting that is not named above as something else, so that
 * none is forgotten. Values are JSON text.
 */
export function sealableParametersOf(config: Config): Map<string, SealableParameter> {
  const { scales, sumDecks, inputModules = [], ...site } = config;
  const parameters = new Map<string, SealableParameter>();
  const add = (parameter: string, value: unknown, counter: 'cfg' | 'cal') => {
    if (value !== undefined) parameters.set(parameter, { value: JSON.stringify(value), counter });
  };
  for (const [key, value] of Object.entries(site)) {
    if (!housekeeping.includes(key)) add(`site.${key}`, value, 'cfg');
  }
  // Each by itself: all of them would be more than one value may hold.
  for (const [index, module] of inputModules.entries()) add(`site.inputModule${index + 1}`, module, 'cfg');
  for (const { id, indicator, ...settings } of scales) {
    add(`scale.${id}.model`, indicator.model, 'cfg');
    add(`scale.${id}.options`, indicator.options, 'cfg');
    for (const [key, value] of Object.entries(settings))
      add(`scale.${id}.${key}`, value, connection.includes(key) ? 'cfg' : 'cal');
  }
  for (const { id, ...settings } of sumDecks) {
    for (const [key, value] of Object.entries(settings))
      add(`scale.${id}.${key}`, value, connection.includes(key) ? 'cfg' : 'cal');
  }
  return parameters;
}
