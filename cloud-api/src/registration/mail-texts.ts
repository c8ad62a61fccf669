import type { Language } from './application-fields.ts';

/** What an applicant is written. */
export type MailKind = 'received' | 'approved' | 'rejected' | 'withdrawn';

interface MailText {
  subject: string;
  text: string;
}

/**
 * The mail to an applicant. It holds the reference and, of a rejection, the reason that staff gave: nothing that the
 * applicant typed, or a stranger could have us send anybody anything. Nor the private link, which is kept nowhere in clear.
 */
export function mailTextOf(
  language: Language,
  kind: MailKind,
  { reference, reason }: { reference: string; reason: string | null },
): MailText {
  const { subjects, bodies, reasonIs, about, greeting, regards } = texts[language];
  const why = reason === null ? [] : [`${reasonIs} ${reason}`];
  return {
    subject: `${subjects[kind]} (${reference})`,
    text: [greeting, ...bodies[kind], ...why, `${about} ${reference}`, regards, ''].join('\n\n'),
  };
}

const texts: Readonly<
  Record<
    Language,
    {
      subjects: Readonly<Record<MailKind, string>>;
      bodies: Readonly<Record<MailKind, readonly string[]>>;
      greeting: string;
      reasonIs: string;
      about: string;
      regards: string;
    }
  >
> = {
  en: {
    subjects: {
      received: 'We have your application',
      approved: 'Your application was approved',
      rejected: 'Your application was not approved',
      withdrawn: 'Your application was withdrawn',
    },
    bodies: {
      received: [
        'we have an application to become a provider that names this e-mail address. We will write here when it was decided.',
        'If you did not apply, somebody has mistyped their address, and you need do nothing.',
      ],
      approved: ['your application was approved. You are registered as a provider.'],
      rejected: ['your application to become a provider was not approved. You may apply again.'],
      withdrawn: ['your application was withdrawn through its private link. You may apply again.'],
    },
    greeting: 'Hello,',
    reasonIs: 'The reason:',
    about: 'Reference:',
    regards: 'The weighbridge office',
  },
  he: {
    subjects: {
      received: 'בקשתך התקבלה',
      approved: 'בקשתך אושרה',
      rejected: 'בקשתך לא אושרה',
      withdrawn: 'בקשתך בוטלה',
    },
    bodies: {
      received: [
        'קיבלנו בקשה להירשם כספק ובה כתובת הדואר הזו. נכתוב לכתובת זו כשתתקבל החלטה.',
        'אם לא הגשת בקשה, כנראה שמישהו טעה בהקלדת כתובתו, ואין צורך לעשות דבר.',
      ],
      approved: ['בקשתך אושרה ונרשמת כספק.'],
      rejected: ['בקשתך להירשם כספק לא אושרה. אפשר להגיש בקשה חדשה.'],
      withdrawn: ['בקשתך בוטלה דרך הקישור האישי שלה. אפשר להגיש בקשה חדשה.'],
    },
    greeting: 'שלום,',
    reasonIs: 'הסיבה:',
    about: 'מספר פנייה:',
    regards: 'משרד השקילה',
  },
  ar: {
    subjects: {
      received: 'استلمنا طلبك',
      approved: 'تمت الموافقة على طلبك',
      rejected: 'لم تتم الموافقة على طلبك',
      withdrawn: 'تم سحب طلبك',
    },
    bodies: {
      received: [
        'وصلنا طلب للتسجيل كمورّد يذكر عنوان البريد هذا. سنكتب إلى هذا العنوان عند اتخاذ القرار.',
        'إذا لم تقدّم طلبًا فقد أخطأ شخص في كتابة عنوانه، ولا حاجة لفعل أي شيء.',
      ],
      approved: ['تمت الموافقة على طلبك وتم تسجيلك كمورّد.'],
      rejected: ['لم تتم الموافقة على طلبك للتسجيل كمورّد. يمكنك تقديم طلب جديد.'],
      withdrawn: ['تم سحب طلبك عن طريق رابطه الخاص. يمكنك تقديم طلب جديد.'],
    },
    greeting: 'مرحبًا،',
    reasonIs: 'السبب:',
    about: 'رقم الطلب:',
    regards: 'مكتب الوزن',
  },
};

/** The notice to staff, in every language: who reads it is not known here. Who applied stands behind the sign-in. */
export function noticeTextOf(reference: string): MailText {
  return {
    subject: `New application / בקשה חדשה / طلب جديد: ${reference}`,
    text: [
      `A new application to become a provider waits for a decision: ${reference}.`,
      `בקשה חדשה להירשם כספק ממתינה להחלטה: ${reference}.`,
      `طلب جديد للتسجيل كمورّد ينتظر القرار: ${reference}.`,
      '',
    ].join('\n\n'),
  };
}
