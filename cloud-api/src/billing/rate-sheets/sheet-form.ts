import { z } from '@hono/zod-openapi';
import type { SheetFile } from './draft-sheet.ts';
import { readDate } from './sheet-cells.ts';

/** A file of rates as a form sends it, and how it is meant. */
export function sheetFormSchema(timeZone: string) {
  return z.strictObject({
    file: z
      .instanceof(File, { message: 'is missing: send a file of rates, .xlsx or .csv' })
      .openapi({ type: 'string', format: 'binary' }),
    takesEffect: z
      .string()
      .max(40)
      .transform((text, ctx) => {
        const reading = readDate(text, timeZone);
        if (reading.kind === 'read') return reading.value;
        ctx.addIssue({ code: 'custom', message: reading.reason });
        return z.NEVER;
      })
      .optional()
      .openapi({
        type: 'string',
        example: '2026-06-01',
        description:
          'an instant, or a date for its first instant on the clocks of the site; now when left out',
      }),
    unnamed: z.enum(['end', 'keep']).default('end').openapi({
      description:
        'what becomes of rates that the sheet does not name: they end when it takes effect, or are kept',
    }),
  });
}

/** The file of a form. @param nowMs when it takes effect where the form does not say */
export async function sheetFileOf(
  form: z.infer<ReturnType<typeof sheetFormSchema>>,
  nowMs: number,
): Promise<SheetFile> {
  return {
    name: form.file.name,
    bytes: Buffer.from(await form.file.arrayBuffer()),
    takesEffectMs: form.takesEffect ?? nowMs,
    unnamed: form.unnamed,
  };
}
