import { parseArgs } from 'node:util';
import { startHttpServer } from '@weighgate/cloud-api/src/http/http-server.ts';
import { TEST_API_KEY } from '@weighgate/cloud-api/src/test-cloud.ts';
import { systemClock } from '@weighgate/protocol';
import { type Random, seededRandom } from '../random.ts';
import { type Claim, outcomeOf } from './claims.ts';
import { answerChecker } from './contract/check-answer.ts';
import { KnownValues } from './contract/known-values.ts';
import { type FuzzedRequest, requestMaker } from './contract/make-request.ts';
import { operationsOf, resolverOf } from './contract/open-api.ts';
import type { ProofOutcome } from './proof.ts';
import { openTriedCloud, type TriedCloud } from './tried-cloud.ts';

const MAX_TOLD = 10;
/** Requests made at once, as clients do. */
const AT_ONCE = 4;

/**
 * Every route of the OpenAPI document is asked with right and wrong requests, drawn from a seed, over a real socket: no
 * answer is one of our own failures, and none is one that the document does not declare.
 */
export async function proveContract(args: string[]): Promise<ProofOutcome> {
  const options = {
    requests: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
  } as const;
  const { values } = parseArgs({ args, options });
  const random = seededRandom(Number(values.seed));
  await using tried = await openTriedCloud();
  const { app } = tried.cloud;
  await using server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    fetch: (request) => app.fetch(request),
    clock: systemClock,
  });
  const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as object;
  const operations = operationsOf(document).filter(({ path }) => path.includes(values.only));
  const known = new KnownValues(random.fork('known'));
  for (const tenant of Object.values(tried.tenants)) learnTenant(known, tenant);
  for (const { id, token } of tried.applications)
    known.learn('/candidates', { id, token, products: ['apples'] });
  const make = requestMaker(resolverOf(document), known, random.fork('requests'));
  const check = answerChecker(document);
  const caller = callersOf(tried, random.fork('callers'));

  const faults = new Map<string, string>();
  const succeeded = new Set<string>();
  const asked = Number(values.requests);
  let sent = 0;
  const client = async () => {
    while (sent < asked) {
      const operation = operations[sent % operations.length];
      sent += 1;
      if (operation === undefined) return;
      const name = `${operation.method} ${operation.path}`;
      const request = make(operation);
      const answer = await send(server.url, request, caller());
      const fault = check(operation, answer);
      if (fault !== null)
        faults.set(`${name} ${fault.slice(0, 60)}`, `${name} ${fault}\n    ${tell(request)}`);
      if (answer.status >= 300) continue;
      succeeded.add(name);
      // The key that asks must not be found by what asks: it would revoke itself, and all else would be refused.
      if (answer.contentType === 'application/json' && name !== 'GET /api/auth/keys')
        known.learn(operation.path, JSON.parse(answer.text));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  const never = operations
    .map(({ method, path }) => `${method} ${path}`)
    .filter((one) => !succeeded.has(one));
  const claims: Claim[] = [
    [
      `${sent} requests of ${operations.length} routes, seed ${values.seed}`,
      sent === asked && operations.length > 0,
    ],
    [`no answer was a failure of ours, or not declared: ${faults.size} kinds of fault`, faults.size === 0],
    ...[...faults.values()].slice(0, MAX_TOLD).map((fault): Claim => [fault, false]),
    [
      `${succeeded.size} of ${operations.length} routes did what they are for at least once`,
      succeeded.size > operations.length / 2,
    ],
    [`not tried: what these routes do when asked rightly: ${never.join(', ') || 'none'}`, true],
    [
      'not tried: answers of a cloud without its database or its broker; more than four requests at once',
      true,
    ],
  ];
  return outcomeOf('contract', claims);
}

function learnTenant(known: KnownValues, tenant: TriedCloud['tenants']['own']): void {
  known.learn('/providers', { id: tenant.providerId, providerId: tenant.providerId });
  known.learn('/trucks', { id: tenant.truck, truck: tenant.truck });
  known.learn('/sessions', { id: tenant.sessionId, sessionId: tenant.sessionId });
  known.learn('/containers', { id: tenant.container, container: tenant.container });
  known.learn('/devices', {
    id: `gate-${tenant.truck.toLowerCase()}`,
    device: `gate-${tenant.truck.toLowerCase()}`,
  });
  known.learn('/produce', { id: 'orange', produce: 'orange' });
}

/** Who asks: mostly those who may. */
function callersOf(tried: TriedCloud, random: Random): () => string {
  const roleTokens = [...tried.tokens.values()];
  return () => {
    const draw = random.next();
    if (draw < 0.75) return TEST_API_KEY;
    return draw < 0.95 ? random.pick(roleTokens) : random.pick(['', 'x'.repeat(200), 'wga_nothing']);
  };
}

interface Received {
  status: number;
  contentType: string;
  text: string;
}

async function send(url: string, request: FuzzedRequest, bearer: string): Promise<Received> {
  const answer = await fetch(`${url}${request.path}`, {
    method: request.method,
    headers: { ...request.headers, authorization: `Bearer ${bearer}` },
    redirect: 'manual',
    ...(request.body === undefined || request.method === 'GET' ? {} : { body: request.body }),
  });
  const contentType = (answer.headers.get('content-type') ?? '').split(';')[0]?.trim() ?? '';
  return { status: answer.status, contentType, text: await answer.text() };
}

const tell = ({ method, path, body }: FuzzedRequest) =>
  `${method} ${path.slice(0, 300)} ${typeof body === 'string' ? body.slice(0, 300) : ''}`;
