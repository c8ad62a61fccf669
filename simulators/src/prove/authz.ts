import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type ListedRoute, listRoutes } from '@weighgate/cloud-api/src/http/route-list.ts';
import { type Role, roles } from '@weighgate/cloud-api/src/identity/role.ts';
import { type Claim, outcomeOf } from './claims.ts';
import type { ProofOutcome } from './proof.ts';
import { openTriedCloud, type Tenant, type TriedCloud } from './tried-cloud.ts';

const TABLE = new URL('./authz-table.txt', import.meta.url);
const UUID = '01890000-0000-7000-8000-000000000000';
const MAX_TOLD = 15;
const staff = roles.filter((role) => role !== 'provider');

/**
 * Every route is asked as nobody, as each role, and by a provider about the own things and about another's; what came of
 * it must be the checked-in table, which people read and sign. `--write` writes the table anew.
 */
export async function proveAuthz(args: string[]): Promise<ProofOutcome> {
  const { values } = parseArgs({ args, options: { write: { type: 'boolean', default: false } } });
  await using tried = await openTriedCloud();
  const routes = listRoutes(tried.cloud.app).filter(({ path }) => path.startsWith('/api/'));
  const seen: string[] = [];
  for (const route of routes) seen.push(rowOf(route, await answersOf(route, tried)));
  seen.sort();
  if (values.write) writeFileSync(TABLE, `${headings()}\n${seen.join('\n')}\n`);
  const [, ...expected] = readFileSync(TABLE, 'utf8').trimEnd().split('\n');
  const missing = expected.filter((row) => !seen.includes(row));
  const surplus = seen.filter((row) => !expected.includes(row));
  const bad = seen.filter((row) => /LEAKS|UNTRIED/.test(row));
  const told = (heading: string, rows: string[]): Claim[] =>
    rows.slice(0, MAX_TOLD).map((row) => [`${heading}: ${row}`, false]);
  const claims: Claim[] = [
    [
      `${routes.length} routes x ${roles.length} roles, nobody, and the things of two providers`,
      routes.length > 50,
    ],
    [
      `the table and what was seen are the same: ${missing.length + surplus.length} rows differ`,
      missing.length + surplus.length === 0,
    ],
    ...told('in the table, not seen', missing),
    ...told('seen, not in the table', surplus),
    [
      `no provider is shown what is another's, and each route for providers was tried with both: ${bad.length} are not`,
      bad.length === 0,
    ],
    ...told('not right', bad),
    ["not tried: filters in the query of a list, which may ask for what is another's", true],
  ];
  return outcomeOf('authz', claims);
}

interface Answers {
  nobody: string;
  byRole: ReadonlyMap<Role, string>;
  ownThing: string;
  othersThing: string;
}

async function answersOf(route: ListedRoute, tried: TriedCloud): Promise<Answers> {
  const { own, other } = tried.tenants;
  const nobody = admitted((await ask(route, own, '', tried)).status);
  const byRole = new Map<Role, string>();
  for (const role of staff)
    byRole.set(role, admitted((await ask(route, own, await tokenOf(role, route, tried), tried)).status));
  const token = await tokenOf('provider', route, tried);
  const ownAnswer = await ask(route, own, token, tried);
  const otherAnswer = await ask(route, other, token, tried);
  if (admitted(ownAnswer.status) === 'no') return { nobody, byRole, ownThing: 'no', othersThing: 'no' };
  if (!route.isOwnData) return { nobody, byRole, ownThing: 'open', othersThing: 'open' };
  const isOfOneThing = route.path.includes('{');
  const isOwnTried = !isOfOneThing || ownAnswer.status !== 404;
  return {
    nobody,
    byRole,
    ownThing: isOwnTried ? 'yes' : 'UNTRIED',
    othersThing: othersWord(otherAnswer, isOfOneThing, other),
  };
}

/** What a provider learns of another's thing. */
function othersWord(answer: { status: number; text: string }, isOfOneThing: boolean, other: Tenant): string {
  const { truck, sessionId, container, billId, disputeId, providerId } = other;
  const words = [
    truck,
    sessionId,
    container,
    billId,
    disputeId,
    'Other Orchards',
    `"providerId":${providerId}`,
  ];
  const tells = words.some((one) => answer.text.includes(one));
  if (answer.status < 300) return tells || isOfOneThing ? 'LEAKS' : 'filtered';
  return answer.status === 404 ? 'hidden' : admitted(answer.status) === 'no' ? 'no' : 'refused';
}

const admitted = (status: number) => (status === 401 || status === 403 ? 'no' : 'yes');

/** Signing out ends the session that the next routes need. */
const tokenOf = async (role: Role, route: ListedRoute, tried: TriedCloud) =>
  route.path.endsWith('/logout') ? tried.signIn(role) : (tried.tokens.get(role) ?? '');

/** A request that reaches the gate and changes nothing behind it: nothing in its body is valid. */
async function ask(route: ListedRoute, tenant: Tenant, token: string, { cloud }: TriedCloud) {
  const path = route.path.replaceAll(
    /([^/]+)\/\{([^}]+)\}/g,
    (_, before: string) => `${before}/${encodeURIComponent(thingOf(route, before, tenant))}`,
  );
  const body = route.method === 'GET' || route.method === 'DELETE' ? undefined : { surely: 'not valid' };
  const authorization = token === '' ? '' : `Bearer ${token}`;
  const answer = await cloud.call(route.method, path.replaceAll(/\{[^}]+\}/g, UUID), body, { authorization });
  const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
  return { status: answer.status, text };
}

/** The tenant's thing by the word that stands before it in the address. */
function thingOf(route: ListedRoute, word: string, tenant: Tenant): string {
  if (route.path.startsWith('/api/auth/sessions/')) return tenant.signInId;
  const things: Readonly<Record<string, string>> = {
    provider: String(tenant.providerId),
    bill: String(tenant.providerId),
    truck: tenant.truck,
    item: tenant.truck,
    session: tenant.sessionId,
    container: tenant.container,
    device: `gate-${tenant.truck.toLowerCase()}`,
    produce: 'orange',
    bills: tenant.billId,
    lines: '1',
    disputes: tenant.disputeId,
  };
  return things[word] ?? things[word.replace(/s$/, '')] ?? UUID;
}

const cell = (text: string) => text.padEnd(11);
function headings(): string {
  return ['method path'.padEnd(76), ...['nobody', ...staff, 'own thing', "another's"].map(cell)]
    .join(' ')
    .trimEnd();
}
function rowOf({ method, path }: ListedRoute, { nobody, byRole, ownThing, othersThing }: Answers): string {
  const cells = [nobody, ...staff.map((role) => byRole.get(role) ?? ''), ownThing, othersThing];
  return [`${method} ${path}`.padEnd(76), ...cells.map(cell)].join(' ').trimEnd();
}
