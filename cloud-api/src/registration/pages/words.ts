import type { Language } from '../application-fields.ts';
import { arabic } from './words-ar.ts';
import { english } from './words-en.ts';
import { hebrew } from './words-he.ts';

/** The fields of the form, in their order. */
export const formFields = [
  'company_name',
  'contact_email',
  'phone',
  'tax_id',
  'location',
  'products',
  'truck_count',
  'capacity_tons_per_day',
] as const;
export type FormField = (typeof formFields)[number];

/** What the pages say, in one language. */
export interface Words {
  /** Of the language itself, in itself. */
  ownName: string;
  direction: 'rtl' | 'ltr';
  apply: { title: string; lead: string; send: string; optional: string; languages: string };
  labels: Readonly<Record<FormField, string>>;
  hints: Readonly<Partial<Record<FormField, string>>>;
  /** What to do about a field that is wrong. */
  faults: Readonly<Record<FormField, string>>;
  products: Readonly<Record<string, string>>;
  problems: {
    /** Before the title of a page with errors. */
    error: string;
    heading: string;
    trapLabel: string;
    trap: string;
    sentBefore: string;
    tooMany: (minutes: number) => string;
  };
  state: {
    title: string;
    reference: string;
    company: string;
    submitted: string;
    decided: string;
    reason: string;
    keepLink: string;
    until: string;
    headings: Readonly<Record<'pending' | 'approved' | 'rejected' | 'withdrawn', string>>;
    leads: Readonly<Record<'pending' | 'approved' | 'rejected' | 'withdrawn', string>>;
    withdraw: string;
    withdrawSure: string;
    withdrawNow: string;
    applyAgain: string;
    unknownTitle: string;
    unknown: string;
  };
}

export const wordsIn: Readonly<Record<Language, Words>> = { he: hebrew, en: english, ar: arabic };

/**
 * The language of a page: what was asked for, else the first of the browser's that we have, else Hebrew.
 * @param accepted the header Accept-Language
 */
export function languageOf(asked: Language | undefined, accepted: string | undefined): Language {
  if (asked !== undefined) return asked;
  for (const range of (accepted ?? '').slice(0, 200).split(',')) {
    const [tag = ''] = range.trim().toLowerCase().split(/[-;]/, 1);
    if (tag === 'he' || tag === 'iw') return 'he';
    if (tag === 'en' || tag === 'ar') return tag;
  }
  return 'he';
}
