import { z } from '@hono/zod-openapi';
import { type ApplicationFields, applicationFields, languages } from '../application-fields.ts';
import { type FormField, formFields } from './words.ts';

const text = z.string().max(5_000).optional();

/** The form as a browser sends it. What is typed wrong is answered by the page; what no page of ours sends is refused. */
export const sentFormSchema = z.strictObject({
  lang: z.enum(languages).optional(),
  once: z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .optional(),
  company_name: text,
  contact_email: text,
  phone: text,
  tax_id: text,
  location: text,
  products: z.union([z.string().max(255), z.array(z.string().max(255)).max(500)]).optional(),
  truck_count: text,
  capacity_tons_per_day: text,
  /** The trap: nobody sees it, and programs fill it in. */
  website: text,
});
export type SentForm = z.output<typeof sentFormSchema>;

/** What the form says, or which fields are wrong. */
export type FormReading =
  | { kind: 'fields'; fields: ApplicationFields }
  | { kind: 'wrong'; wrong: FormField[] };

/** The products that were ticked. */
export function chosenOf({ products }: SentForm): string[] {
  return typeof products === 'string' ? [products] : (products ?? []);
}

/** Reads the form by the same schema as the API. */
export function readForm(form: SentForm, language: ApplicationFields['language']): FormReading {
  const read = applicationFields.safeParse({
    company_name: form.company_name ?? '',
    contact_email: form.contact_email ?? '',
    phone: orNull(form.phone),
    tax_id: orNull(form.tax_id),
    location: orNull(form.location),
    products: chosenOf(form),
    truck_count: wholeOf(form.truck_count),
    capacity_tons_per_day: wholeOf(form.capacity_tons_per_day),
    language,
  });
  if (read.success) return { kind: 'fields', fields: read.data };
  const named = new Set(read.error.issues.map(({ path }) => path[0]));
  return { kind: 'wrong', wrong: formFields.filter((field) => named.has(field)) };
}

const orNull = (typed: string | undefined) => (typed === undefined || typed.trim() === '' ? null : typed);

/** A whole number as people type it: with blanks around it, and a comma between thousands. Anything else is wrong. */
function wholeOf(typed: string | undefined): number | null {
  const plain = (typed ?? '').trim();
  return /^(?:\d{1,10}|\d{1,3}(?:,\d{3}){1,3})$/.test(plain) ? Number(plain.replaceAll(',', '')) : null;
}
