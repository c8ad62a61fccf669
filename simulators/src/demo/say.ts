/** What the demo tells a person: one line a fact, in plain words. */
export type Say = (line: string) => void;

const wholeKg = new Intl.NumberFormat('en', { maximumFractionDigits: 3 });

/** Kilograms with a thin grouping, for reading only. */
export function kgWords(kg: number): string {
  return `${wholeKg.format(kg).replaceAll(',', ' ')} kg`;
}

/** An amount of minor units of a currency with two decimals or as the currency has them. */
export function moneyWords(amountMinor: number, currency: string): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency, currencyDisplay: 'code' });
  const decimals = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(amountMinor / 10 ** decimals).replace(/\u00a0/g, ' ');
}
