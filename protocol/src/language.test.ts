import { expect, test } from 'vitest';
import { counted, isolatedName, isolatedNumber, languageFrom, withoutIsolates } from './language.ts';

test.each([
  [undefined, 'en'],
  ['', 'en'],
  ['he', 'he'],
  ['he-IL,he;q=0.9,en-US;q=0.8', 'he'],
  ['iw', 'he'],
  ['AR-eg', 'ar'],
  ['fr-FR, ar;q=0.5, en;q=0.2', 'ar'],
  ['en;q=0.3, he;q=0.9', 'he'],
  ['he;q=0, ar;q=0.1', 'ar'],
  ['fr, *;q=0.1', 'en'],
  ['he;q=nonsense', 'en'],
  [`${'x,'.repeat(500)}he`, 'en'],
])('Accept-Language %j is answered in %s', (header, language) => {
  expect(languageFrom(header)).toBe(language);
});

test('English numbers stand as they are; Hebrew and Arabic ones in a left-to-right isolate', () => {
  expect(isolatedNumber('-5 kg', 'en')).toBe('-5 kg');
  expect(isolatedNumber('-5 kg', 'he')).toBe('\u2066-5 kg\u2069');
  expect(isolatedName('77-421-03', 'en')).toBe('77-421-03');
  expect(isolatedName('77-421-03', 'ar')).toBe('\u206877-421-03\u2069');
  expect(withoutIsolates(isolatedName('אבג', 'en'))).toBe('אבג');
});

test('a count takes the plural form of the language, and the general one where none is given', () => {
  expect(counted(1, { one: '# truck', other: '# trucks' }, 'en')).toBe('1 truck');
  expect(counted(2, { one: '# truck', other: '# trucks' }, 'en')).toBe('2 trucks');
  expect(withoutIsolates(counted(3, { few: '# شاحنات', other: '# شاحنة' }, 'ar'))).toBe('3 شاحنات');
});
