import type { Language, PluralForms } from '@weighgate/protocol';
import type { FrozenBill } from '../frozen-bill.ts';
import { wordsAr } from './words-ar.ts';
import { wordsEn } from './words-en.ts';
import { wordsHe } from './words-he.ts';

/** Every word of a bill's documents. Each `#` in a text is where what it is about stands, one after the other. */
export interface DocumentWords {
  kinds: Readonly<Record<FrozenBill['kind'], string>>;
  selfBilled: string;
  number: string;
  issued: string;
  period: string;
  allocation: string;
  allocationRefused: string;
  agreement: string;
  corrects: string;
  reason: string;
  seller: string;
  buyer: string;
  taxId: string;
  lines: string;
  line: string;
  description: string;
  deliveryCount: string;
  deliveryCounts: PluralForms;
  netKg: string;
  kg: string;
  perKg: string;
  vat: string;
  exempt: string;
  amount: string;
  late: string;
  moisture: string;
  poundSolids: string;
  deduction: string;
  correctsLine: string;
  subtotal: string;
  vatOf: string;
  exemptBase: string;
  total: string;
  totalNet: string;
  rounding: Readonly<Record<FrozenBill['rounding'], string>>;
  weighedOut: string;
  ticket: string;
  truck: string;
  grossIn: string;
  grossOut: string;
  containers: string;
  net: string;
  manual: string;
  weightNote: string;
  tooMany: string;
  page: string;
  frozenCopy: string;
  mailText: string;
}

/** The words of a language. */
export const documentWords: Readonly<Record<Language, DocumentWords>> = {
  en: wordsEn,
  he: wordsHe,
  ar: wordsAr,
};
