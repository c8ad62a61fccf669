import type { Language } from '@weighgate/protocol';
import type { Mail } from '../../outbound/mail.ts';
import type { FrozenBill } from '../frozen-bill.ts';
import { documentWords } from './document-words.ts';
import { filledText } from './filled-text.ts';

/** The mail that a bill goes out with, in the language of its document. */
export function billMailOf(bill: FrozenBill, pdf: Buffer, to: string, language: Language): Mail {
  const { kinds, mailText } = documentWords[language];
  const title = `${kinds[bill.kind]} ${bill.numberText}`;
  return {
    to,
    subject: title,
    text: filledText(mailText, title),
    attachments: [
      {
        fileName: `${bill.numberText}-${language}.pdf`,
        contentType: 'application/pdf',
        base64: pdf.toString('base64'),
      },
    ],
  };
}
