import { AsyncLocalStorage } from 'node:async_hooks';

/** What every log line written while a request is answered carries. */
export interface RequestContext {
  requestId: string;
}

const requests = new AsyncLocalStorage<RequestContext>();

/** Runs `work`, and everything it starts, as part of a request. */
export function inRequest<T>(context: RequestContext, work: () => T): T {
  return requests.run(context, work);
}

/** The request that is being answered; empty outside of any. Given to pino as its `mixin`. */
export function requestFields(): Partial<RequestContext> {
  return requests.getStore() ?? {};
}
