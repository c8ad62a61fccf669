import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { Operation } from './open-api.ts';

/** An answer as it came. */
export interface Answer {
  status: number;
  /** Without its parameters; empty where there is none. */
  contentType: string;
  text: string;
}

/** Compares answers with what the document declares for their route. */
export function answerChecker(document: object): (operation: Operation, answer: Answer) => string | null {
  const ajv = new Ajv2020({ strict: false, allErrors: false });
  formats.default(ajv);
  ajv.addSchema(document, 'document');
  const pointer = (step: string) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'));

  /** What is wrong with it; null for nothing. */
  return ({ method, path, responses }, { status, contentType, text }) => {
    if (status >= 500) return `answered ${status}: ${text.slice(0, 200)}`;
    const declared = responses[status];
    if (declared === undefined) return `answered ${status}, which is not declared: ${text.slice(0, 200)}`;
    if (declared.content === undefined) return text === '' ? null : `answered ${status} with a body`;
    const content = declared.content[contentType];
    if (content === undefined) return `answered ${status} as "${contentType}", which is not declared`;
    if (!/[/+]json$/.test(contentType) || content.schema === undefined) return null;
    const steps = ['paths', path, method.toLowerCase(), 'responses', String(status), 'content', contentType];
    const ref = `document#/${[...steps, 'schema'].map(pointer).join('/')}`;
    const validate = ajv.getSchema(ref);
    if (validate === undefined) return `the document has no schema at ${ref}`;
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      return `answered ${status} with what is not JSON: ${text.slice(0, 100)}`;
    }
    if (validate(body) === true) return null;
    return `answered ${status} with a body that the document does not allow: ${ajv.errorsText(validate.errors)}`;
  };
}
