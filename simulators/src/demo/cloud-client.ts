import { z } from 'zod';
import { type ApiClient, ApiError } from './api-client.ts';

const sessionSchema = z.looseObject({
  id: z.string(),
  state: z.enum(['open', 'closed', 'single']),
  truck: z.string().nullable(),
  produce: z.string().nullable(),
  grossKg: z.number(),
  truckTareKg: z.number().nullable(),
  netKg: z.number().nullable(),
  weighedInAt: z.string(),
  weighedOutAt: z.string().nullable(),
});
export type CloudSession = z.infer<typeof sessionSchema>;

const evidenceSchema = z.array(
  z.looseObject({
    device: z.string(),
    incarnation: z.string(),
    seq: z.int(),
    kind: z.string(),
    previousHash: z.string(),
    hash: z.string(),
    entryText: z.string(),
  }),
);
/** One journal entry as the cloud stores it. */
export type EvidenceEntry = z.infer<typeof evidenceSchema>[number];

const billSchema = z.looseObject({
  provider: z.looseObject({ id: z.int(), name: z.string() }),
  from: z.string(),
  to: z.string(),
  currency: z.string(),
  lines: z.array(
    z.looseObject({
      produce: z.string(),
      ratePerKgMinor: z.string(),
      sessions: z.array(z.looseObject({ id: z.string(), netKg: z.number() })),
      netKg: z.number(),
      amountMinor: z.int(),
    }),
  ),
  totalNetKg: z.number(),
  totalMinor: z.int(),
});
export type Bill = z.infer<typeof billSchema>;

const page = <T extends z.ZodType>(item: T) =>
  z.looseObject({ items: z.array(item), nextCursor: z.string().nullable() });

/** The cloud API as a back office uses it. */
export interface CloudClient {
  /** Creates it, or leaves it be when it is there already. */
  registerProduce(id: string): Promise<void>;
  /** The provider of that name, created when missing. */
  registerProvider(name: string): Promise<number>;
  registerTruck(plate: string, providerId: number): Promise<void>;
  /** Sets a rate for all (null) or for one provider, unless one is set. */
  setRate(produce: string, providerId: number | null, ratePerKgMinor: string): Promise<void>;
  session(id: string): Promise<CloudSession>;
  evidence(sessionId: string): Promise<EvidenceEntry[]>;
  ownerOf(plate: string): Promise<number>;
  /** The bill of a provider for [from, to), instants in ISO 8601. */
  bill(providerId: number, from: string, to: string): Promise<Bill>;
}

export function cloudClient(api: ApiClient): CloudClient {
  const anything = z.looseObject({});

  async function createUnlessThere(path: string, body: unknown): Promise<void> {
    const answer = await api.call(anything, { method: 'POST', path, body });
    if (answer.kind === 'problem' && answer.status !== 409) {
      throw new ApiError('unexpected_answer', `POST ${path} was refused: ${answer.detail}`);
    }
  }

  async function providerNamed(name: string): Promise<number | undefined> {
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const listed: { items: { id: number; name: string }[]; nextCursor: string | null } = await api.need(
        page(z.looseObject({ id: z.int(), name: z.string() })),
        { path: `/api/billing/providers?limit=500${query}` },
      );
      const found = listed.items.find((provider) => provider.name === name);
      if (found !== undefined) return found.id;
      cursor = listed.nextCursor;
    } while (cursor !== null);
    return undefined;
  }

  return {
    registerProduce: (id) => createUnlessThere('/api/billing/produce', { id }),
    registerProvider: async (name) => {
      const known = await providerNamed(name);
      if (known !== undefined) return known;
      const created = await api.need(z.looseObject({ id: z.int() }), {
        method: 'POST',
        path: '/api/billing/providers',
        body: { name },
      });
      return created.id;
    },
    registerTruck: (id, providerId) => createUnlessThere('/api/billing/trucks', { id, providerId }),
    setRate: (produce, providerId, ratePerKgMinor) =>
      createUnlessThere('/api/billing/rates', { produce, providerId, ratePerKgMinor }),
    session: (id) => api.need(sessionSchema, { path: `/api/weight/session/${id}` }),
    evidence: (id) => api.need(evidenceSchema, { path: `/api/weight/session/${id}/evidence` }),
    ownerOf: async (plate) => {
      const path = `/api/billing/trucks/${encodeURIComponent(plate)}`;
      return (await api.need(z.looseObject({ providerId: z.int() }), { path })).providerId;
    },
    bill: (providerId, from, to) => {
      // The moment itself may be over before the agent has reported beyond it.
      const query = new URLSearchParams({ from, to, incomplete: 'allow' });
      return api.need(billSchema, { path: `/api/billing/bill/${providerId}?${query}` });
    },
  };
}
