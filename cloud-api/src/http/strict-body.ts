import { bodyLimit } from 'hono/body-limit';
import { createMiddleware } from 'hono/factory';
import { type JsonFault, jsonFaultOf, MAX_JSON_DEPTH } from './json-fault.ts';
import { answerProblem } from './problem.ts';
import type { AppEnv } from './router.ts';

const MIB = 1024 * 1024;
const MAX_BODY_BYTES = MIB;
const MAX_IMPORT_BYTES = 10 * MIB;
/** Routes that take whole files end so. */
const importPath = /\/import$/;

const limitTo = (maxSize: number) =>
  bodyLimit({
    maxSize,
    onError: (c) =>
      answerProblem(c, 413, {
        code: 'body-too-large',
        title: 'Body too large',
        detail: `a body may have at most ${maxSize} bytes`,
      }),
  });

/** Nothing hands their body to us, and to ask for it costs a whole request. */
const bodilessMethods = new Set(['GET', 'HEAD']);

/** Refuses a body beyond 1 MiB, or 10 MiB where a file is imported, while it arrives. */
export function limitBody() {
  const [usual, imports] = [limitTo(MAX_BODY_BYTES), limitTo(MAX_IMPORT_BYTES)];
  return createMiddleware<AppEnv>((c, next) => {
    if (bodilessMethods.has(c.req.method)) return next();
    return importPath.test(c.req.path) ? imports(c, next) : usual(c, next);
  });
}

const faultTexts: { [K in JsonFault['kind']]: (fault: JsonFault) => string } = {
  too_deep: () => `the body nests objects and lists deeper than ${MAX_JSON_DEPTH}`,
  key_twice: (fault) => `the body gives the key "${'key' in fault ? fault.key.slice(0, 60) : ''}" twice`,
  forbidden_key: (fault) => `the body has the key "${'key' in fault ? fault.key : ''}", which is not allowed`,
};

/** Refuses compressed bodies, and JSON that different readers would read differently. */
export function requireStrictJson() {
  return createMiddleware<AppEnv>(async (c, next) => {
    const encoding = c.req.header('content-encoding') ?? 'identity';
    if (encoding.toLowerCase() !== 'identity') {
      return answerProblem(c, 415, {
        code: 'encoding-not-supported',
        title: 'Encoding not supported',
        detail: 'send the body as it is, without Content-Encoding',
      });
    }
    if (/^application\/(?:[\w.-]+\+)?json\b/i.test(c.req.header('content-type') ?? '')) {
      const fault = jsonFaultOf(await c.req.text());
      if (fault !== null) {
        return answerProblem(c, 400, {
          code: 'json-refused',
          title: 'JSON refused',
          detail: faultTexts[fault.kind](fault),
        });
      }
    }
    return next();
  });
}
