import { type Role, roles } from '@weighgate/cloud-api/src/identity/role.ts';
import { TestChain, visitEntries } from '@weighgate/cloud-api/src/inbox/test-chain.ts';
import { billingOn } from '@weighgate/cloud-api/src/test-billing.ts';
import { startTestCloud } from '@weighgate/cloud-api/src/test-cloud.ts';
import { z } from 'zod';

const PASSWORD = 'blue horses walk late';
const APPLICATIONS = 12;
const DAY_MS = 86_400_000;

/** Who a tenant is, and one of each thing that is theirs. */
export interface Tenant {
  providerId: number;
  truck: string;
  sessionId: string;
  container: string;
  /** An issued bill of theirs, and a dispute about it. */
  billId: string;
  disputeId: string;
  /** A sign-in of their own, with nothing else done in it. */
  signInId: string;
}

/** Every room of the cloud on a real PostgreSQL, with the things of two providers and a user of each role. */
export interface TriedCloud extends AsyncDisposable {
  cloud: Awaited<ReturnType<typeof startTestCloud>>;
  tenants: { own: Tenant; other: Tenant };
  /** Applications to become a provider that nobody has decided. */
  applications: readonly { id: string; token: string }[];
  /** Access tokens by role; the provider is the tenant `own`. */
  tokens: ReadonlyMap<Role, string>;
  /** A fresh access token of a role, for when one was used up. */
  signIn(role: Role): Promise<string>;
}

const openedSchema = z.looseObject({ id: z.string() });
const madeSchema = z.looseObject({ id: z.number() });
const addedSchema = z.looseObject({ passwordToken: z.looseObject({ token: z.string() }) });
const appliedSchema = z.looseObject({ candidate_id: z.string(), status_url: z.string() });
const signedInSchema = z.looseObject({ accessToken: z.string(), sessionId: z.string() });

/** @throws Error for a step that is not answered as it should be */
export async function openTriedCloud(): Promise<TriedCloud> {
  await using opened = new AsyncDisposableStack();
  const cloud = opened.use(await startTestCloud());
  const post = async (path: string, body: unknown): Promise<unknown> => {
    const answer = await cloud.call('POST', path, body);
    if (answer.status < 300) return answer.body;
    throw new Error(`POST ${path} was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  };
  const nowMs = cloud.identity.parts.clock.now();
  const billing = billingOn(cloud, nowMs);
  await billing.prepare();
  const addTenant = async (name: string, truck: string): Promise<Omit<Tenant, 'signInId'>> => {
    const { id } = madeSchema.parse(await post('/api/billing/providers', { name }));
    await post('/api/billing/trucks', { id: truck, providerId: id });
    const container = `BOX-${truck}`;
    await post('/api/weight/containers', { id: container, tareKg: 300 });
    const {
      sessionId,
      opened: first,
      closed,
    } = visitEntries({
      truck,
      produce: 'orange',
      inKg: 15_000,
      outKg: 8_000,
      weighedOutAt: new Date(cloud.identity.parts.clock.now() - 3_600_000).toISOString(),
    });
    const chain = new TestChain(`gate-${truck.toLowerCase()}`);
    chain.add(first);
    chain.add(closed);
    await cloud.ingest(chain);
    const { id: billId } = await billing.issue(id, { fromMs: nowMs - DAY_MS, toMs: nowMs });
    const dispute = await post('/api/billing/disputes', { billId, lineNo: 1, reason: 'it was less' });
    const { id: disputeId } = openedSchema.parse(dispute);
    return { providerId: id, truck, sessionId, container, billId, disputeId };
  };
  const own = await addTenant('Own Orchards', 'OWN-1');
  const other = await addTenant('Other Orchards', 'OTHER-1');

  const applications: { id: string; token: string }[] = [];
  for (let count = 1; count <= APPLICATIONS; count += 1) {
    const fields = { company_name: `Applicant ${count}`, contact_email: `applicant${count}@example.com` };
    const rest = { products: ['apples'], truck_count: 1, capacity_tons_per_day: 10 };
    const applied = appliedSchema.parse(await post('/api/provider/candidates', { ...fields, ...rest }));
    applications.push({ id: applied.candidate_id, token: applied.status_url.replace('/apply/', '') });
  }

  const nameOf = (role: Role) => `${role} person`;
  const login = async (role: Role) =>
    signedInSchema.parse(await post('/api/auth/login', { username: nameOf(role), password: PASSWORD }));
  const signIn = async (role: Role) => (await login(role)).accessToken;
  const tokens = new Map<Role, string>();
  for (const role of roles) {
    const providerId = role === 'provider' ? own.providerId : null;
    const added = addedSchema.parse(await post('/api/auth/users', { name: nameOf(role), role, providerId }));
    await post('/api/auth/reset', { token: added.passwordToken.token, password: PASSWORD });
    tokens.set(role, await signIn(role));
  }
  const held = opened.move();
  return {
    cloud,
    tenants: {
      own: { ...own, signInId: (await login('provider')).sessionId },
      other: { ...other, signInId: (await login('admin')).sessionId },
    },
    applications,
    tokens,
    signIn,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
