import type { RefusalTexts } from './refusal-texts.ts';

const printerFaults = {
  paper_out: 'אין נייר במדפסת. יש להכניס גליל חדש.',
  cover_open: 'מכסה המדפסת פתוח. יש לסגור אותו.',
  error: 'המדפסת מדווחת על תקלה. יש לכבות אותה ולהדליק אותה שוב.',
  unreachable: 'המדפסת לא עונה. יש לבדוק שהיא דולקת ומחוברת.',
} as const;

/** Refusals in Hebrew: what is wrong, then what to do. */
export const hebrewRefusals: RefusalTexts = {
  no_reading: ({ ageMs }, say) =>
    ageMs === null
      ? 'ראש השקילה עדיין לא שלח משקל. יש לבדוק שהוא דולק ומחובר.'
      : `ראש השקילה לא שלח משקל כבר ${say.seconds(ageMs)}. יש לבדוק את הכבל, את אספקת החשמל ואת ההגדרות שלו.`,
  not_stable: () => 'המשקל עדיין לא יציב. יש להמתין עד שהמשאית תעמוד במקומה.',
  below_threshold: ({ thresholdKg }, say) => `אין משאית על המשקל: המשקל נמוך מ־${say.kg(thresholdKg)}.`,
  overloaded: () => 'העומס גדול מכושר השקילה. יש לרדת מהמשקל ולהפחית מהמטען.',
  underloaded: () => 'המשקל מראה פחות מאפס. יש לפנות את המשקל ולאפס את ראש השקילה.',
  above_maximum: ({ maxKg }, say) =>
    `המשקל גדול מהמרבי המותר, ${say.kg(maxKg)}. יש לרדת מהמשקל ולהפחית מהמטען.`,
  not_gross: () => 'ראש השקילה מראה נטו. יש לבטל בו את הטרה כדי שיראה ברוטו.',
  unit_unknown: () =>
    'ראש השקילה אינו מציין את יחידת המידה. יש לכוון אותו לקילוגרם, לטון או לליברה (kg, t, lb), או לציין את היחידה ליד הדגם בקובץ ההגדרות.',
  unit_changed: ({ expected, shown }, say) =>
    `ראש השקילה ${shown === null ? 'אינו מציין יחידה' : `מראה ${say.name(shown)}`}, והותקן ביחידה ` +
    `${say.name(expected)}. יש להחזיר את הכיוון, או להתקין את המשקל מחדש.`,
  interval_changed: ({ value, unit, interval }, say) =>
    `ראש השקילה מראה ${say.number(`${value} ${unit}`)}, והותקן במדרגות של ` +
    `${say.number(`${interval} ${unit}`)}. יש להחזיר את הכיוון, או להתקין את המשקל מחדש.`,
  not_recordable: () => 'ראש השקילה מראה ערך מוגדל או ערך בדיקה, שאסור לרשום. יש להחזיר אותו לשקילה רגילה.',
  already_registered: () => 'המטען הזה כבר נרשם. יש לרדת מהמשקל; לפני השקילה הבאה המשקל צריך להתפנות.',
  session_open: ({ truck }, say) => `משאית ${say.name(truck)} כבר נמצאת בפנים. יש לשקול אותה קודם ביציאה.`,
  no_open_session: ({ truck }, say) =>
    `משאית ${say.name(truck)} לא נשקלה בכניסה, ולכן אי אפשר לשקול אותה ביציאה. יש לשקול אותה קודם בכניסה.`,
  truck_missing: ({ direction }) =>
    `לשקילה ${direction === 'in' ? 'בכניסה' : 'ביציאה'} נדרש מספר הרישוי של המשאית.`,
  negative_net: ({ firstKg, secondKg, netKg }, say) =>
    `הנטו היה יוצא ${say.kg(netKg)}: ${say.kg(firstKg)} בכניסה, ${say.kg(secondKg)} ביציאה. ` +
    'האם הכיוון הפוך, או שזו משאית אחרת?',
  containers_heavier: ({ secondKg, truckTareKg }, say) =>
    `המכלים שצוינו שוקלים יותר ממה שעומד על המשקל (${say.kg(secondKg)}), ולמשאית היו נשארים ` +
    `${say.kg(truckTareKg)}. יש לבדוק אילו מכלים נמצאים עליה.`,
  scale_missing: ({ known }, say) => `יש לציין איזה משקל: ${say.names(known)}.`,
  unknown_scale: ({ scaleId, known }, say) =>
    `אין כאן משקל בשם ${say.name(scaleId)}. המשקלים: ${say.names(known)}.`,
  below_minimum: ({ minKg }, say) =>
    `המשקל נמוך מהמזערי של המשקל הזה, ${say.kg(minKg)}. יש לשקול במשקל קטן יותר.`,
  no_zero_since_last_truck: ({ zeroBandKg }, say) =>
    `המשקל לא חזר לאפס (בתוך ${say.kg(zeroBandKg)}) מאז המשאית הקודמת. יש לרדת, לפנות את המשקל, ` +
    'ולאפס את ראש השקילה אם הוא מראה משקל אחר.',
  printer_not_ready: ({ reason }) => `${printerFaults[reason]} בלי תעודה לא שוקלים כאן משאית.`,
  storage_low: () => 'לא נשאר די מקום לשמור שקילה נוספת. יש לבקש שיפנו את הדיסק של המחשב הזה.',
  seal_broken: ({ brokenAtSeq }, say) =>
    `היומן של המחשב הזה פגום ברשומה ${say.number(String(brokenAtSeq))}: החותם שבור. יש לקרוא לשירות; השקילה תימשך ` +
    'אחרי שיאשרו זאת.',
  position_cut: ({ beam }, say) =>
    beam === null
      ? 'המשאית אינה עומדת כולה על המשקל. יש להזיז אותה עד שכל הגלגלים עליו.'
      : `המשאית אינה עומדת כולה על המשקל: היא חוצה את ${say.name(beam)}. יש להזיז אותה עד שכל הגלגלים עליו.`,
  position_unknown: ({ sensor }, say) =>
    `חיישן המיקום ${say.name(sensor)} אינו עונה, ולכן אין לדעת אם המשאית עומדת כולה על המשקל. יש לבדוק את הכבל ואת ` +
    'החשמל שלו, או לקרוא לשירות.',
  alibi_missing: () =>
    'ראש השקילה עוד לא שמר את המשקל הזה בזיכרון שלו. יש להמתין רגע; אם זה נמשך, יש לקרוא לשירות.',
  software_unverified: () =>
    'התוכנה של המחשב הזה אינה תוכנה ששוחררה ונחתמה עבורו. יש לקרוא לשירות; לא שוקלים עד שתרוץ התוכנה הנכונה.',
  over_legal_gross: ({ truck, legalGrossKg, overKg }, say) =>
    `משאית ${say.name(truck)} חורגת ב־${say.kg(overKg)} מהמשקל הכולל המותר לה, ${say.kg(legalGrossKg)}. יש להפחית מהמטען.`,
  stored_tare_unattended: () => 'כאן משתמשים בטרה שמורה רק כשמישהו מחובר. יש לפנות לעמדה.',
  tare_unknown: ({ containers }, say) =>
    `אין טרה למכל ${say.names(containers)}, ולכן אי אפשר לשקול את המשאית פעם אחת. יש לקבוע את הטרה, או לשקול בכניסה וביציאה.`,
  stored_tare_missing: ({ truck }, say) =>
    `אין טרה שמורה למשאית ${say.name(truck)}. יש לשקול אותה בכניסה וביציאה.`,
  stored_tare_expired: ({ truck, validUntil }, say) =>
    `הטרה השמורה של משאית ${say.name(truck)} הייתה בתוקף עד ${say.number(validUntil)}. יש לשקול אותה ריקה שוב, או לאשר אותה בעמדה.`,
  preset_tare_above_maximum: ({ maxKg }, say) =>
    `הטרה שהוקלדה גדולה מהמרבי של המשקל, ${say.kg(maxKg)}. יש לבדוק את המספר ולהקליד שוב.`,
  tare_heavier: ({ grossKg, tareKg }, say) =>
    `המשאית והמכלים אמורים לשקול ${say.kg(tareKg)} כשהם ריקים, ועל המשקל עומדים רק ${say.kg(grossKg)}. ` +
    'האם זו משאית אחרת?',
  session_unknown: () => 'אין כאן ביקור כזה. יש לבדוק את המספר.',
  session_superseded: () => 'הביקור הזה כבר אינו נחשב: שקילת כניסה מאוחרת באה במקומו. יש לראות אותה.',
  session_voided: () => 'הביקור הזה כבר מבוטל. אין מה לעשות עוד.',
  second_person_missing: () =>
    'לפעולה זו נדרשים שני אנשים, ואחד מהם אחראי משמרת. יש לבקש מאדם שני להקיש את הקוד שלו.',
  provider_revoked: ({ truck, provider }, say) =>
    `המשאית ${say.name(truck)} שייכת לספק ${say.name(provider)}, שאינו רשאי עוד לספק. יש לפנות למשרד.`,
  tares_stale: ({ confirmedOn }, say) =>
    `משקלי הטרה אושרו לאחרונה ב-${say.number(confirmedOn)}, לפני זמן רב מדי לשקילה אחת. יש לשקול בכניסה וביציאה.`,
  same_person: ({ by }, say) => `${say.name(by)} לא יכול להיות גם האדם השני. יש לבקש מישהו אחר.`,
};
