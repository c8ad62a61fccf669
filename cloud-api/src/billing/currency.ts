/** Currencies of ISO 4217 whose minor unit is not a hundredth, by the decimals of their amounts. */
const otherDecimals = new Map<string, number>([
  ...['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF'].map((code) => [code, 0] as const),
  ...['UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'].map((code) => [code, 0] as const),
  ...['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'].map((code) => [code, 3] as const),
  ...['CLF', 'UYW'].map((code) => [code, 4] as const),
]);
const USUAL_DECIMALS = 2;

/** Decimals of amounts in a currency by ISO 4217: 2 for ILS, 0 for JPY, 3 for KWD. @param code of ISO 4217 */
export function currencyDecimalsOf(code: string): number {
  return otherDecimals.get(code) ?? USUAL_DECIMALS;
}

/** An amount as people write it, exactly and without the code: 654500 agorot are `6545.00`. */
export function moneyTextOf(amountMinor: bigint, code: string): string {
  const decimals = currencyDecimalsOf(code);
  const sign = amountMinor < 0n ? '-' : '';
  const digits = String(amountMinor < 0n ? -amountMinor : amountMinor).padStart(decimals + 1, '0');
  if (decimals === 0) return sign + digits;
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
