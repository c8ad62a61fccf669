import type { Language } from '@weighgate/protocol';

/** Every word of a ticket in one language. */
export interface TicketWords {
  title: Record<'in' | 'out' | 'single', string>;
  ticketNo: string;
  time: string;
  timeNotVerified: string;
  site: string;
  scale: string;
  serialNo: string;
  limits: string;
  alibiId: string;
  truck: string;
  produce: string;
  provider: string;
  containers: string;
  gross: string;
  secondWeight: string;
  tare: string;
  net: string;
  container: string;
  tareObtained: string;
  tareWeighedOut: string;
  tareWithContainers: string;
  tareAtWeighingOut: string;
  tareOfSingle: string;
  tareStored: string;
  tarePreset: string;
  operator: string;
  unattended: string;
  secondPerson: string;
  software: string;
  verification: string;
  voided: string;
  superseded: string;
  manual: string;
  reason: string;
  copy: string;
  belowMin: string;
  positionUnknown: string;
  pending: string;
  staleTares: string;
  waitingFor: string;
  issue: string;
  netCompleted: string;
  tareArrived: string;
}

const english: TicketWords = {
  title: { in: 'Weighing in', out: 'Weighing out', single: 'Single weighing' },
  ticketNo: 'Ticket',
  time: 'Time',
  timeNotVerified: 'time not verified',
  site: 'Site',
  scale: 'Scale',
  serialNo: 'Serial no.',
  limits: 'Min / Max / e',
  alibiId: 'Alibi no.',
  truck: 'Truck',
  produce: 'Produce',
  provider: 'Provider',
  containers: 'Containers',
  gross: 'Gross (G)',
  secondWeight: 'Second weight (T)',
  tare: 'Tare',
  net: 'Net (N)',
  container: 'Container',
  tareObtained: 'Tare obtained',
  tareWeighedOut: 'second weighing',
  tareWithContainers: 'second weighing and known tares of containers',
  tareAtWeighingOut: 'at the weighing out',
  tareOfSingle: 'none: gross only',
  tareStored: 'stored, weighed on',
  tarePreset: 'preset, typed on',
  operator: 'Operator',
  unattended: 'unattended',
  secondPerson: 'Second person',
  software: 'Software',
  verification: 'Verification code',
  voided: 'VOID',
  superseded: 'SUPERSEDED',
  manual: 'MANUAL',
  reason: 'Reason',
  copy: 'COPY',
  belowMin: 'BELOW MIN',
  positionUnknown: 'POSITION NOT KNOWN',
  pending: 'PENDING',
  staleTares: 'TARE LIST NOT CONFIRMED',
  waitingFor: 'Waiting for the tare of',
  issue: 'ISSUE',
  netCompleted: 'net completed',
  tareArrived: 'Tare arrived of',
};

const hebrew: TicketWords = {
  title: { in: 'שקילת כניסה', out: 'שקילת יציאה', single: 'שקילה בודדת' },
  ticketNo: 'תעודה',
  time: 'מועד',
  timeNotVerified: 'השעה לא אומתה',
  site: 'אתר',
  scale: 'משקל',
  serialNo: 'מספר סידורי',
  limits: 'Min / Max / e',
  alibiId: 'מספר בזיכרון המשקל',
  truck: 'משאית',
  produce: 'תוצרת',
  provider: 'ספק',
  containers: 'מכלים',
  gross: 'ברוטו (G)',
  secondWeight: 'שקילה שנייה (T)',
  tare: 'טרה',
  net: 'נטו (N)',
  container: 'מכל',
  tareObtained: 'מקור הטרה',
  tareWeighedOut: 'שקילה שנייה',
  tareWithContainers: 'שקילה שנייה וטרות ידועות של מכלים',
  tareAtWeighingOut: 'בשקילת היציאה',
  tareOfSingle: 'אין: ברוטו בלבד',
  tareStored: 'שמורה, משקילה ב־',
  tarePreset: 'מוקלדת מראש ב־',
  operator: 'מפעיל',
  unattended: 'ללא מפעיל',
  secondPerson: 'אדם שני',
  software: 'תוכנה',
  verification: 'קוד אימות',
  voided: 'מבוטל',
  superseded: 'הוחלף',
  manual: 'ידני',
  reason: 'סיבה',
  copy: 'העתק',
  belowMin: 'מתחת למזערי',
  positionUnknown: 'המיקום לא ידוע',
  pending: 'ממתין',
  staleTares: 'רשימת הטרה לא אושרה',
  waitingFor: 'ממתין לטרה של',
  issue: 'הנפקה',
  netCompleted: 'הנטו הושלם',
  tareArrived: 'התקבלה הטרה של',
};

const arabic: TicketWords = {
  title: { in: 'وزنة الدخول', out: 'وزنة الخروج', single: 'وزنة مفردة' },
  ticketNo: 'التذكرة',
  time: 'الوقت',
  timeNotVerified: 'الوقت غير موثق',
  site: 'الموقع',
  scale: 'الميزان',
  serialNo: 'الرقم التسلسلي',
  limits: 'Min / Max / e',
  alibiId: 'رقم ذاكرة الميزان',
  truck: 'الشاحنة',
  produce: 'المحصول',
  provider: 'المورد',
  containers: 'الحاويات',
  gross: 'الإجمالي (G)',
  secondWeight: 'الوزنة الثانية (T)',
  tare: 'الفارغ',
  net: 'الصافي (N)',
  container: 'حاوية',
  tareObtained: 'مصدر الوزن الفارغ',
  tareWeighedOut: 'الوزنة الثانية',
  tareWithContainers: 'الوزنة الثانية وأوزان الحاويات المعروفة',
  tareAtWeighingOut: 'عند وزنة الخروج',
  tareOfSingle: 'لا يوجد: الإجمالي فقط',
  tareStored: 'محفوظ، من وزنة في',
  tarePreset: 'مُدخل مسبقًا في',
  operator: 'المشغل',
  unattended: 'بدون مشغل',
  secondPerson: 'الشخص الثاني',
  software: 'البرنامج',
  verification: 'رمز التحقق',
  voided: 'ملغاة',
  superseded: 'مستبدلة',
  manual: 'يدوي',
  reason: 'السبب',
  copy: 'نسخة',
  belowMin: 'أقل من الحد الأدنى',
  positionUnknown: 'الموضع غير معروف',
  pending: 'معلق',
  staleTares: 'قائمة الأوزان الفارغة غير مؤكدة',
  waitingFor: 'بانتظار وزن',
  issue: 'إصدار',
  netCompleted: 'اكتمل الصافي',
  tareArrived: 'وصل الوزن الفارغ لـ',
};

export const ticketWords: Readonly<Record<Language, TicketWords>> = { en: english, he: hebrew, ar: arabic };
