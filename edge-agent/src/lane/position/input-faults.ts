import type { z } from 'zod';
import type { inputModuleConfig, PositionSensorConfig } from './position-config.ts';

type InputModule = z.infer<ReturnType<typeof inputModuleConfig<z.ZodType>>>;
interface Sensed {
  positionSensors?: readonly PositionSensorConfig[] | undefined;
}

/** What does not fit between sensors and the modules they are wired to, and where it stands in the configuration. */
export function inputFaultsOf(
  modules: readonly InputModule[],
  sensed: Readonly<Record<'scales' | 'sumDecks', readonly Sensed[]>>,
): { path: PropertyKey[]; message: string }[] {
  const faults: { path: PropertyKey[]; message: string }[] = [];
  const inputsOf = new Map<string, number>();
  for (const [index, module] of modules.entries()) {
    if (inputsOf.has(module.id))
      faults.push({ path: ['inputModules', index, 'id'], message: `${module.id} is taken` });
    inputsOf.set(module.id, module.kind === 'gpio' ? module.paths.length : module.inputs);
  }
  for (const kind of ['scales', 'sumDecks'] as const) {
    for (const [index, { positionSensors = [] }] of sensed[kind].entries()) {
      for (const [place, { module, input, name }] of positionSensors.entries()) {
        const path = [kind, index, 'positionSensors', place];
        const inputs = inputsOf.get(module);
        const known = [...inputsOf.keys()].join(', ') || 'none';
        if (inputs === undefined)
          faults.push({
            path: [...path, 'module'],
            message: `there is no input module ${module}; known: ${known}`,
          });
        else if (input >= inputs)
          faults.push({ path: [...path, 'input'], message: `${module} has inputs 0 to ${inputs - 1}` });
        const earlier = positionSensors.slice(0, place);
        if (earlier.some((one) => one.name === name))
          faults.push({ path: [...path, 'name'], message: `${name} is taken` });
        if (earlier.some((one) => one.module === module && one.input === input))
          faults.push({ path: [...path, 'input'], message: `input ${input} of ${module} is taken` });
      }
    }
  }
  return faults;
}
