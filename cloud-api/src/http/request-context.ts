import { AsyncLocalStorage } from 'node:async_hooks';
import type { Doer } from './doer.ts';

/** What every log line written while a request is answered carries. */
export interface RequestContext {
  requestId: string;
}

const requests = new AsyncLocalStorage<RequestContext & { doer?: Doer }>();

/** Runs `work`, and everything it starts, as part of a request. */
export function inRequest<T>(context: RequestContext, work: () => T): T {
  return requests.run({ ...context }, work);
}

/** The request that is being answered; empty outside of any. Given to pino as its `mixin`. */
export function requestFields(): Partial<RequestContext> {
  const request = requests.getStore();
  return request === undefined ? {} : { requestId: request.requestId };
}

/** Says who sends the request that is being answered, once that is proven. */
export function setRequestDoer(doer: Doer): void {
  const request = requests.getStore();
  if (request !== undefined) request.doer = doer;
}

/** Who sends the request that is being answered; undefined outside of any, and while nobody has proven who they are. */
export function requestDoer(): Doer | undefined {
  return requests.getStore()?.doer;
}
