import { z } from '@hono/zod-openapi';
import { isoInstant, kgOf } from '@weighgate/protocol';
import type { Selectable } from 'kysely';
import type { WeighingSessionsTable } from '../store/schema.ts';

/** A session as the API shows it. The last three keys are what Gan Shmuel callers read. */
export const sessionSchema = z
  .object({
    id: z.string(),
    state: z.enum(['open', 'closed', 'single', 'superseded', 'voided']),
    storedTare: z.enum(['weighed', 'preset']).nullable().openapi({ description: 'of a truck weighed once' }),
    cloneOf: z
      .string()
      .nullable()
      .openapi({ description: 'the voided session whose first weight it stands on' }),
    direction: z.enum(['in', 'out', 'single']).openapi({ description: 'of its last weighing' }),
    device: z.string(),
    site: z.string(),
    truck: z.string().nullable(),
    produce: z.string().nullable(),
    containersIn: z.array(z.string()),
    containersOut: z.array(z.string()).nullable(),
    grossKg: z.number().openapi({ description: 'first weighing' }),
    secondGrossKg: z.number().nullable(),
    firstSource: z.enum(['scale', 'manual']).openapi({ description: 'manual: given by a person' }),
    secondSource: z.enum(['scale', 'manual']).nullable(),
    truckTareKg: z.number().nullable(),
    netKg: z.number().nullable().openapi({ description: 'null while open, and while a tare is waited for' }),
    waitingFor: z.array(z.string()).openapi({ description: 'containers whose tare the net waits for' }),
    firstTicketNo: z.string(),
    secondTicketNo: z.string().nullable(),
    weighedInAt: z.string(),
    weighedOutAt: z.string().nullable(),
    bruto: z.number(),
    neto: z.union([z.number(), z.literal('na')]),
    truckTara: z.union([z.number(), z.literal('na')]).optional(),
  })
  .openapi('Session');

const directionOf = { open: 'in', closed: 'out', single: 'single' } as const;
const kgOrNull = (grams: number | null) => (grams === null ? null : kgOf(grams));

const sourceIn = (row: Selectable<WeighingSessionsTable>, weightId: string) =>
  row.manual_weight_ids.includes(weightId) ? 'manual' : 'scale';

/** Shows a stored session. */
export function sessionViewOf(row: Selectable<WeighingSessionsTable>): z.infer<typeof sessionSchema> {
  const netKg = kgOrNull(row.net_g);
  const truckTareKg = kgOrNull(row.truck_tare_g);
  return {
    id: row.id,
    state: row.ended ?? row.state,
    cloneOf: row.clone_of,
    storedTare: row.stored_tare,
    direction: directionOf[row.state],
    device: row.device,
    site: row.site,
    truck: row.truck,
    produce: row.produce,
    containersIn: row.containers_in,
    containersOut: row.containers_out,
    grossKg: kgOf(row.first_gross_g),
    secondGrossKg: kgOrNull(row.second_gross_g),
    firstSource: sourceIn(row, row.first_weight_id),
    secondSource: row.second_weight_id === null ? null : sourceIn(row, row.second_weight_id),
    truckTareKg,
    netKg,
    waitingFor: row.waiting_for ?? [],
    firstTicketNo: row.first_ticket_no,
    secondTicketNo: row.second_ticket_no,
    weighedInAt: isoInstant(row.weighed_in_at.getTime()),
    weighedOutAt: row.weighed_out_at === null ? null : isoInstant(row.weighed_out_at.getTime()),
    bruto: kgOf(row.first_gross_g),
    neto: netKg ?? 'na',
    ...(row.state === 'closed' ? { truckTara: truckTareKg ?? ('na' as const) } : {}),
  };
}
