import { z } from 'zod';

/** Languages a person at the scale is spoken to in. */
export const languageSchema = z.enum(['en', 'he', 'ar']);
export type Language = z.infer<typeof languageSchema>;

/** Which way a language is written. */
export function directionOf(language: Language): 'ltr' | 'rtl' {
  return language === 'en' ? 'ltr' : 'rtl';
}

/**
 * The language of an `Accept-Language` header (RFC 9110 12.5.4) that we speak and its sender likes best; English when
 * there is none. `he-IL` is Hebrew; `iw` is what Hebrew was called before ISO 639:1989, and some systems still say it.
 */
export function languageFrom(acceptLanguage: string | undefined): Language {
  const wishes = (acceptLanguage ?? '')
    .slice(0, 200)
    .split(',')
    .map((wish) => {
      const [range = '', ...parameters] = wish.split(';').map((part) => part.trim().toLowerCase());
      const primary = range.split('-', 1)[0];
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      const language = languageSchema.safeParse(primary === 'iw' ? 'he' : primary === '*' ? 'en' : primary);
      return { language, weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ language, weight }) => language.success && weight > 0)
    .sort((one, other) => other.weight - one.weight);
  return wishes[0]?.language.data ?? 'en';
}

const LRI = '\u2066';
const FSI = '\u2068';
const PDI = '\u2069';
const rightToLeftLetter = /[\p{Script=Hebrew}\p{Script=Arabic}]/u;

/**
 * A number with its unit, a ticket number or a formula inside a sentence: in Hebrew and Arabic it stands in a Unicode
 * isolate, or its minus sign and unit would jump to the other side.
 * @see UAX #9 2.4.2 explicit directional isolates
 */
export function isolatedNumber(text: string | number, language: Language): string {
  return directionOf(language) === 'rtl' ? `${LRI}${text}${PDI}` : String(text);
}

/** A name as somebody typed it, such as a plate, inside a sentence: it may run in either direction. */
export function isolatedName(name: string, language: Language): string {
  return directionOf(language) === 'rtl' || rightToLeftLetter.test(name) ? `${FSI}${name}${PDI}` : name;
}

/** Text without the isolates of {@link isolatedNumber} and {@link isolatedName}. */
export function withoutIsolates(text: string): string {
  return text.replaceAll(/[\u2066-\u2069]/g, '');
}

/** Words for a count, one for each plural form a language has; `other` stands for those not given. */
export type PluralForms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

const pluralRules: Readonly<Record<Language, Intl.PluralRules>> = {
  en: new Intl.PluralRules('en'),
  he: new Intl.PluralRules('he'),
  ar: new Intl.PluralRules('ar'),
};

/** A counted noun: the form the language asks for, with `#` replaced by the count. */
export function counted(count: number, forms: PluralForms, language: Language): string {
  const form = forms[pluralRules[language].select(count)] ?? forms.other;
  return form.replace('#', isolatedNumber(count, language));
}
