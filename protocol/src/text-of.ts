import { counted, isolatedName, isolatedNumber, type Language, type PluralForms } from './language.ts';
import type { Refusal } from './refusal.ts';
import type { RefusalTexts, Say } from './refusal-texts.ts';
import { arabicRefusals } from './refusal-texts-ar.ts';
import { englishRefusals } from './refusal-texts-en.ts';
import { hebrewRefusals } from './refusal-texts-he.ts';

const refusals: Readonly<Record<Language, RefusalTexts>> = {
  en: englishRefusals,
  he: hebrewRefusals,
  ar: arabicRefusals,
};

const secondForms: Readonly<Record<Language, PluralForms>> = {
  en: { one: '# second', other: '# seconds' },
  he: { one: 'שנייה אחת', two: 'שתי שניות', other: '# שניות' },
  ar: {
    one: 'ثانية واحدة',
    two: 'ثانيتين',
    few: '# ثوانٍ',
    many: '# ثانية',
    other: '# ثانية',
  },
};

const kilogram: Readonly<Record<Language, string>> = { en: 'kg', he: 'ק"ג', ar: 'كغم' };

function sayIn(language: Language): Say {
  const number = (text: string | number) => isolatedNumber(text, language);
  const name = (text: string) => isolatedName(text, language);
  return {
    number,
    kg: (kilograms) => `${number(kilograms)} ${kilogram[language]}`,
    name,
    names: (names) => names.map(name).join(language === 'ar' ? '، ' : ', '),
    seconds: (durationMs) =>
      counted(Math.max(1, Math.round(durationMs / 1000)), secondForms[language], language),
  };
}

/** A refusal in the words of a person at the scale: what is wrong, and what to do. */
export function textOf(refusal: Refusal, language: Language): string {
  // The catalogue is total over the codes; that each text takes the refusal of its own code is what its type says.
  const text = refusals[language][refusal.code] as (refusal: Refusal, say: Say) => string;
  return text(refusal, sayIn(language));
}
