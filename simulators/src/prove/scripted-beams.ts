import { type InputModule, openInputModule } from '../input-module.ts';

/** Two light barriers, wired normally closed, that are cut when they are told to be. */
export interface ScriptedBeams extends InputModule {
  cut(entry: boolean, exit: boolean): void;
}

export async function openScriptedBeams(): Promise<ScriptedBeams> {
  let levels = [true, true];
  const module = await openInputModule(() => levels);
  return {
    ...module,
    cut: (entry, exit) => {
      levels = [!entry, !exit];
    },
    [Symbol.asyncDispose]: () => module[Symbol.asyncDispose](),
  };
}
