/** A text with each `#` in it replaced by one value after the other; what the values hold is left as it is. */
export function filledText(text: string, ...values: (string | number)[]): string {
  return text
    .split('#')
    .map((part, i) => (i === 0 ? part : `${values[i - 1] ?? '#'}${part}`))
    .join('');
}
