import { z } from 'zod';

const problemSchema = z.looseObject({ type: z.string(), status: z.number(), detail: z.string() });

/** An answer that was a problem. `code` is the last part of its type, such as `not-stable`. */
export interface ApiProblem {
  kind: 'problem';
  status: number;
  code: string;
  detail: string;
}

export type ApiAnswer<T> = { kind: 'ok'; status: number; body: T } | ApiProblem;

/** The API could not be reached, or answered something that it does not promise. */
export class ApiError extends Error {
  readonly code: 'unreachable' | 'unexpected_answer';
  constructor(code: ApiError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ApiError';
    this.code = code;
  }
}

export interface ApiRequest {
  method?: 'GET' | 'POST' | 'PUT';
  path: string;
  body?: unknown;
  idempotencyKey?: string;
}

/** Calls one of our APIs with a bearer key. */
export interface ApiClient {
  /** @throws ApiError */
  call<T>(schema: z.ZodType<T>, request: ApiRequest): Promise<ApiAnswer<T>>;
  /** As `call`, for where only success will do. @throws ApiError also for a problem, with its words */
  need<T>(schema: z.ZodType<T>, request: ApiRequest): Promise<T>;
  /** The data of server-sent events, until `signal` is aborted or the server ends. */
  events(path: string, signal: AbortSignal): AsyncGenerator<unknown>;
}

const REQUEST_TIMEOUT_MS = 10_000;

export function apiClient(baseUrl: string, apiKey: string): ApiClient {
  const authorization = `Bearer ${apiKey}`;

  async function call<T>(
    schema: z.ZodType<T>,
    { method = 'GET', path, body, idempotencyKey }: ApiRequest,
  ): Promise<ApiAnswer<T>> {
    const headers: Record<string, string> = { authorization };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey;
    let status: number;
    let json: unknown;
    try {
      const response = await fetch(`${baseUrl}${path}`, {
        method,
        headers,
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      status = response.status;
      json = await response.json();
    } catch (cause) {
      throw new ApiError('unreachable', `${method} ${baseUrl}${path} failed: ${(cause as Error).message}`, {
        cause,
      });
    }
    const problem = status >= 400 ? problemSchema.safeParse(json) : undefined;
    if (problem?.success === true) {
      const { type, detail } = problem.data;
      return { kind: 'problem', status, code: type.replace('/problems/', ''), detail };
    }
    const parsed = schema.safeParse(json);
    if (status >= 400 || !parsed.success) {
      const why = parsed.success ? '' : `: ${z.prettifyError(parsed.error)}`;
      throw new ApiError(
        'unexpected_answer',
        `${method} ${path} answered ${status} ${JSON.stringify(json).slice(0, 400)}${why}`,
      );
    }
    return { kind: 'ok', status, body: parsed.data };
  }

  async function need<T>(schema: z.ZodType<T>, request: ApiRequest): Promise<T> {
    const answer = await call(schema, request);
    if (answer.kind === 'ok') return answer.body;
    throw new ApiError(
      'unexpected_answer',
      `${request.method ?? 'GET'} ${request.path} was refused: ${answer.detail}`,
    );
  }

  async function* events(path: string, signal: AbortSignal): AsyncGenerator<unknown> {
    const response = await fetch(`${baseUrl}${path}`, { headers: { authorization }, signal });
    if (!response.ok || response.body === null)
      throw new ApiError('unexpected_answer', `${path} answered ${response.status}`);
    let text = '';
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const complete = text.split('\n\n');
      text = complete.pop() ?? '';
      for (const event of complete) {
        const data = /^data: ?(.*)$/m.exec(event)?.[1];
        if (data !== undefined) yield JSON.parse(data);
      }
    }
  }

  return { call, need, events };
}
