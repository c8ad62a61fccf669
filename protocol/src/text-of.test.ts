import { describe, expect, test } from 'vitest';
import { languageSchema, withoutIsolates } from './language.ts';
import type { Refusal, RefusalCode } from './refusal.ts';
import { textOf } from './text-of.ts';

/** One of each, and no value that another parameter or a word contains; the type makes sure that none is forgotten. */
const refusals: { [C in RefusalCode]: Extract<Refusal, { code: C }> } = {
  no_reading: { code: 'no_reading', ageMs: 23_450 },
  not_stable: { code: 'not_stable' },
  below_threshold: { code: 'below_threshold', thresholdKg: 517 },
  overloaded: { code: 'overloaded' },
  underloaded: { code: 'underloaded' },
  above_maximum: { code: 'above_maximum', maxKg: 60_013 },
  not_gross: { code: 'not_gross' },
  unit_unknown: { code: 'unit_unknown' },
  unit_changed: { code: 'unit_changed', expected: 'tn', shown: 'oz' },
  interval_changed: { code: 'interval_changed', interval: '37', unit: 'oz', value: '1234.5' },
  not_recordable: { code: 'not_recordable' },
  already_registered: { code: 'already_registered' },
  session_open: { code: 'session_open', truck: '77-421-03', sessionId: 'a' },
  no_open_session: { code: 'no_open_session', truck: '77-421-03' },
  truck_missing: { code: 'truck_missing', direction: 'in' },
  negative_net: { code: 'negative_net', firstKg: 8011, secondKg: 15_012, netKg: -7001 },
  containers_heavier: { code: 'containers_heavier', secondKg: 813, truckTareKg: -354 },
  scale_missing: { code: 'scale_missing', known: ['north', 'south'] },
  unknown_scale: { code: 'unknown_scale', scaleId: 'west', known: ['north', 'south'] },
  below_minimum: { code: 'below_minimum', minKg: 397 },
  no_zero_since_last_truck: { code: 'no_zero_since_last_truck', zeroBandKg: 53 },
  storage_low: { code: 'storage_low' },
  printer_not_ready: { code: 'printer_not_ready', reason: 'paper_out' },
  seal_broken: { code: 'seal_broken', brokenAtSeq: 17 },
  position_cut: { code: 'position_cut', beam: 'EB-2' },
  position_unknown: { code: 'position_unknown', sensor: 'EB-2' },
  alibi_missing: { code: 'alibi_missing' },
  software_unverified: { code: 'software_unverified', reason: 'not_signed' },
  over_legal_gross: { code: 'over_legal_gross', truck: '77-421-03', legalGrossKg: 32_017, overKg: 1408 },
  stored_tare_unattended: { code: 'stored_tare_unattended' },
  tare_unknown: { code: 'tare_unknown', containers: ['C-701', 'C-702'] },
  stored_tare_missing: { code: 'stored_tare_missing', truck: '77-421-03' },
  stored_tare_expired: { code: 'stored_tare_expired', truck: '77-421-03', validUntil: '2026-05-04' },
  tare_heavier: { code: 'tare_heavier', grossKg: 6013, tareKg: 8219 },
  session_unknown: { code: 'session_unknown', sessionId: 'a' },
  session_superseded: { code: 'session_superseded' },
  session_voided: { code: 'session_voided' },
  preset_tare_above_maximum: { code: 'preset_tare_above_maximum', maxKg: 60_000 },
  second_person_missing: { code: 'second_person_missing' },
  same_person: { code: 'same_person', by: 'D. L' },
  provider_revoked: { code: 'provider_revoked', truck: '77-421-03', provider: 'Orchard North' },
  tares_stale: { code: 'tares_stale', confirmedOn: '2026-01-15' },
};

/** Parameters for programs, which a person would not read, and those that are said as a word or a counted noun. */
const notQuoted = new Set(['code', 'sessionId', 'direction', 'reason', 'ageMs']);

const everyText = languageSchema.options.flatMap((language) =>
  Object.values(refusals).map((refusal) => ({ language, code: refusal.code, refusal })),
);

/** The letters a text in this language may be made of, beside digits, units and what a parameter brings in. */
const script = { en: /[A-Za-z]/, he: /\p{Script=Hebrew}/u, ar: /\p{Script=Arabic}/u } as const;

describe.each(everyText)('$code in $language', ({ language, refusal }) => {
  const text = textOf(refusal, language);

  test('is whole sentences in its own language', () => {
    expect(text).toMatch(/[.?؟]$/u);
    expect(text).toMatch(script[language]);
    expect(text).not.toMatch(/undefined|null|NaN|\[object|[#{}$]/);
    for (const other of languageSchema.options.filter((one) => one !== language && one !== 'en'))
      expect(text).not.toMatch(script[other]);
  });

  test('says every parameter', () => {
    const parameters = Object.entries(refusal).filter(([key]) => !notQuoted.has(key));
    for (const value of parameters.flatMap(([, one]) => one)) expect(text).toContain(String(value));
  });

  test('has every number and name in an isolate when it is written from right to left', () => {
    if (language === 'en') return expect(text).toBe(withoutIsolates(text));
    const outside = text.replaceAll(/[\u2066\u2068][^\u2066-\u2069]*\u2069/g, '');
    expect(outside).not.toMatch(/[\u2066-\u2069]|\d|[A-Za-z]{3}/);
  });
});

test('no two refusals have the same text', () => {
  for (const language of languageSchema.options) {
    const texts = Object.values(refusals).map((refusal) => textOf(refusal, language));
    expect(new Set(texts).size).toBe(texts.length);
  }
});

test.each([
  [900, '1 second', 'שנייה אחת', 'ثانية واحدة'],
  [2000, '2 seconds', 'שתי שניות', 'ثانيتين'],
  [5000, '5 seconds', '5 שניות', '5 ثوانٍ'],
  [11_000, '11 seconds', '11 שניות', '11 ثانية'],
  [100_000, '100 seconds', '100 שניות', '100 ثانية'],
])('a silence of %i ms is counted in the plural of each language', (ageMs, ...expected) => {
  for (const [index, language] of languageSchema.options.entries())
    expect(withoutIsolates(textOf({ code: 'no_reading', ageMs }, language))).toContain(expected[index]);
});

test('an indicator that never sent, or says no unit, is told apart from one that stopped or says another', () => {
  for (const language of languageSchema.options) {
    const never = textOf({ code: 'no_reading', ageMs: null }, language);
    expect(never).not.toMatch(/\d/);
    const noUnit = textOf({ ...refusals.unit_changed, shown: null }, language);
    expect(noUnit).not.toContain('oz');
    expect(noUnit).toContain('tn');
  }
});

test('a minus sign stays before its number, and a plate in Hebrew letters does not turn an English sentence', () => {
  expect(textOf(refusals.negative_net, 'he')).toContain('\u2066-7001\u2069 ק"ג');
  expect(textOf({ code: 'no_open_session', truck: 'אבג 12' }, 'en')).toContain(
    'Truck \u2068אבג 12\u2069 was',
  );
});

test('in and out are told apart', () => {
  for (const language of languageSchema.options) {
    const [wayIn, wayOut] = (['in', 'out'] as const).map((direction) =>
      textOf({ code: 'truck_missing', direction }, language),
    );
    expect(wayIn).not.toBe(wayOut);
  }
});
