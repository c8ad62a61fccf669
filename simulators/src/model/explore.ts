import { hash } from 'node:crypto';

/** One thing that can happen, and the state it leads to. */
export interface Step<State> {
  name: string;
  state: State;
}

/** A world small enough that everything that can happen in it can be tried. */
export interface Model<State> {
  initial: State;
  /** The same text for states that behave the same from now on. */
  keyOf(state: State): string;
  /** The same, for what follows when faults have stopped: there the order in which things wait counts. */
  calmKeyOf(state: State): string;
  /** Everything that can happen next, faults included. */
  stepsOf(state: State): Iterable<Step<State>>;
  /** What is wrong with a state in itself, in words. */
  violationIn(state: State): string | undefined;
  /** The states from which it is calm, when faults stop here. */
  calmBeginningsOf(state: State): Iterable<Step<State>>;
  /** What happens next when faults have stopped; undefined when nothing is left to happen. */
  calmStepOf(state: State): Step<State> | undefined;
  /** What is wrong with a state in which nothing is left to happen. */
  violationAtRest(state: State): string | undefined;
}

export type Exploration = {
  states: number;
  /** The most steps from the beginning to any state. */
  depth: number;
} & (
  | { kind: 'holds' }
  /** The bound was reached first: nothing was found, and not everything was tried. */
  | { kind: 'cut_short' }
  /** `trace` is a shortest way there; `calm` what then happened although faults had stopped. */
  | { kind: 'violated'; what: string; trace: string[]; calm: string[] }
);

export interface ExploreOptions {
  maxStates: number;
  onProgress?: (states: number) => void;
}

const PROGRESS_EVERY = 25_000;

/** Of a key only 128 bits are kept: that two of ten million states have the same is less likely than a wrong bit in memory. */
const keptKey = (key: string) => hash('md5', key, 'base64');

/**
 * Tries everything that can happen, breadth first, so that the first violation found is one of the shortest. Every state
 * is looked at twice: in itself, and at the end of what follows when faults stop there. An end that is never reached is
 * a violation too.
 */
export function explore<State>(model: Model<State>, { maxStates, onProgress }: ExploreOptions): Exploration {
  const seen = new Set<string>();
  const comesToGoodRest = new Set<string>();
  const calmKeyOf = (state: State) => keptKey(model.calmKeyOf(state));
  const states: State[] = [];
  const cameFrom: number[] = [];
  const cameBy: string[] = [];
  const names = new Map<string, string>();
  const depths: number[] = [];

  const traceTo = (index: number): string[] => {
    const trace: string[] = [];
    for (let at = index; at > 0; at = cameFrom[at] ?? 0) trace.push(cameBy[at] ?? '');
    return trace.reverse();
  };

  /** What is wrong at the end of the calm that follows `state`, and the steps to it. */
  const calmFrom = (state: State): { what: string; calm: string[] } | undefined => {
    const walked = new Set<string>();
    const calm: string[] = [];
    let at = state;
    for (let key = calmKeyOf(at); !comesToGoodRest.has(key); key = calmKeyOf(at)) {
      if (walked.has(key)) return { what: 'it never comes to rest although faults have stopped', calm };
      walked.add(key);
      const next = model.calmStepOf(at);
      if (next === undefined) {
        const what = model.violationAtRest(at);
        if (what !== undefined) return { what, calm };
        break;
      }
      calm.push(next.name);
      at = next.state;
    }
    for (const key of walked) comesToGoodRest.add(key);
    return undefined;
  };

  const add = (state: State, from: number, by: string) => {
    const key = keptKey(model.keyOf(state));
    if (seen.has(key)) return undefined;
    seen.add(key);
    const index = states.length;
    states.push(state);
    cameFrom.push(from);
    // Few different names, and many steps: each is kept once.
    if (!names.has(by)) names.set(by, by);
    cameBy.push(names.get(by) ?? by);
    if (index > 0 && index % PROGRESS_EVERY === 0) onProgress?.(index);
    depths.push(index === 0 ? 0 : (depths[from] ?? 0) + 1);
    const wrong = model.violationIn(state);
    if (wrong !== undefined) return { what: wrong, calm: [] };
    for (const quiet of model.calmBeginningsOf(state)) {
      const ended = calmFrom(quiet.state);
      if (ended !== undefined) return { what: ended.what, calm: [quiet.name, ...ended.calm] };
    }
    return undefined;
  };

  const report = (index: number) => ({ states: states.length, depth: depths[index] ?? 0 });
  const first = add(model.initial, 0, '');
  if (first !== undefined) return { kind: 'violated', trace: [], ...first, ...report(0) };
  for (let index = 0; index < states.length; index += 1) {
    const state = states[index] as State;
    // A state that has been gone on from is not needed again: its trace is kept, and a long search is large.
    states[index] = undefined as State;
    for (const step of model.stepsOf(state)) {
      const violated = add(step.state, index, step.name);
      const last = states.length - 1;
      if (violated !== undefined)
        return { kind: 'violated', ...violated, trace: traceTo(last), ...report(last) };
      if (states.length >= maxStates) return { kind: 'cut_short', ...report(last) };
    }
  }
  return { kind: 'holds', ...report(states.length - 1) };
}
