import { createTransport } from 'nodemailer';
import type { MailSender } from './mail.ts';

const [CONNECT_MS, IDLE_MS] = [10_000, 20_000] as const;

/**
 * Hands mails to an SMTP server.
 * @param url `smtp://` or `smtps://`, with name and password where the server asks for them
 * @param from the address mails come from
 */
export function smtpMail(url: string, from: string): MailSender {
  const transport = createTransport({
    url,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: IDLE_MS,
    // Contents come from the database and never name a file or an address to fetch from.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = from.slice(from.lastIndexOf('@') + 1).replace(/>$/, '');
  return {
    send: async ({ to, subject, text, attachments }, id) => {
      try {
        const done = await transport.sendMail({
          from,
          to: { name: '', address: to },
          subject,
          text,
          messageId: `<${id}@${domain}>`,
          attachments: attachments.map(({ fileName, contentType, base64 }) => ({
            filename: fileName,
            contentType,
            content: Buffer.from(base64, 'base64'),
          })),
        });
        return { kind: 'sent', detail: String(done.response).slice(0, 300) };
      } catch (error) {
        const { message, responseCode } = error as Error & { responseCode?: number };
        return { kind: 'failed', status: responseCode ?? null, detail: message.slice(0, 300) };
      }
    },
  };
}
