import { z } from '@hono/zod-openapi';

const MAX_NAME = 255;
const MAX_PHONE = 50;
const MAX_EMAIL = 254;
const MAX_PRODUCTS = 50;
const MAX_INT = 2_147_483_647;
/** What the lines are cut down from: marks that nobody sees count until they are taken away. */
const MAX_SENT = 2_000;

/** Marks that change the direction or the joining of letters, and show nothing: pasted along unseen. */
const invisible = /\p{Cf}/gu;

/** One line of text as people typed or pasted it, in one way of writing it. */
const line = (most: number) =>
  z
    .string()
    .max(MAX_SENT, `must be at most ${most} characters`)
    .transform((text) => text.normalize('NFC').replaceAll(invisible, '').trim())
    .pipe(
      z
        .string()
        .min(1, 'must not be empty')
        .max(most, `must be at most ${most} characters`)
        .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, 'must be one line of readable text'),
    )
    .openapi({ type: 'string', minLength: 1, maxLength: most });

/** @returns the address with its domain in lower case, as mail servers compare it */
const emailSchema = z
  .string()
  .trim()
  .max(MAX_EMAIL, `must be at most ${MAX_EMAIL} characters`)
  .pipe(z.email('must be an e-mail address such as name@example.com'))
  .transform((address) => address.replace(/@.*$/, (domain) => domain.toLowerCase()))
  .openapi({ type: 'string', format: 'email', maxLength: MAX_EMAIL });

const count = z
  .int('must be a whole number')
  .min(1, 'must be 1 or more')
  .max(MAX_INT, `must be at most ${MAX_INT}`);

/** Languages that applicants are answered in. */
export const languages = ['he', 'en', 'ar'] as const;
export type Language = (typeof languages)[number];

/** What an applicant states, in the words of the Gan Shmuel API, and two that it does not have: tax id and language. */
export const applicationFields = z
  .strictObject({
    company_name: line(MAX_NAME),
    contact_email: emailSchema,
    phone: line(MAX_PHONE).nullable().default(null),
    products: z
      .array(line(MAX_PHONE))
      .min(1, 'must name at least one')
      .max(MAX_PRODUCTS, `must name at most ${MAX_PRODUCTS}`)
      .openapi({ example: ['apples', 'oranges'], description: 'as they are called here, in the same case' }),
    truck_count: count,
    capacity_tons_per_day: count,
    location: line(MAX_NAME).nullable().default(null),
    tax_id: z
      .string()
      .trim()
      .regex(/^[A-Za-z0-9][A-Za-z0-9 ./-]{2,19}$/, 'must be 3 to 20 letters and digits')
      .nullable()
      .default(null),
    language: z.enum(languages).default('en').openapi({ description: 'that the applicant is written to in' }),
  })
  .openapi('NewCandidate');
export type ApplicationFields = z.output<typeof applicationFields>;

/** An e-mail address as it is compared: whoever varies the case has still one. */
export const emailKeyOf = (address: string): string => address.normalize('NFKC').toLowerCase();

/** A tax id as it is compared: blanks, dots and dashes are a matter of taste. */
export const taxKeyOf = (taxId: string): string => taxId.replaceAll(/[^A-Za-z0-9]/g, '').toUpperCase();
