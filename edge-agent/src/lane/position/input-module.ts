/** The inputs of one module now, in its order: true is on. @throws InputError */
export type ReadInputs = (signal: AbortSignal) => Promise<readonly boolean[]>;

/** The inputs of a module could not be read: `message` says why, in words. */
export class InputError extends Error {
  readonly code: 'input_silent' | 'input_refused' | 'input_unreadable';
  constructor(code: InputError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'InputError';
    this.code = code;
  }
}

/** What is known of the inputs of a module. `levels` are null while they are not known, with the reason in words. */
export interface InputsRead {
  levels: readonly boolean[] | null;
  reason: string | null;
  /** Monotonic. */
  atMs: number;
}
