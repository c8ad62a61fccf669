/** An abort of one's own that also comes when the parent's does. Disposing of it aborts it and lets go of the parent. */
export interface ChildAbort extends Disposable {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

/**
 * For one attempt within something that lasts. `AbortSignal.any` would do the same, but every signal it makes stays
 * noted at the parent, and a parent here lives as long as the agent.
 */
export function childAbort(parent: AbortSignal): ChildAbort {
  const own = new AbortController();
  const follow = () => own.abort(parent.reason);
  const abort = (reason?: unknown) => {
    parent.removeEventListener('abort', follow);
    own.abort(reason);
  };
  if (parent.aborted) follow();
  else parent.addEventListener('abort', follow, { once: true });
  return { signal: own.signal, abort, [Symbol.dispose]: () => abort() };
}
