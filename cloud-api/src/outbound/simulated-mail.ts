import type { Mail, MailSender } from './mail.ts';

const MAX_KEPT = 1_000;

/** A sender that sends nothing and keeps the last 1000 mails it was given, for tests and for a laptop. */
export interface SimulatedMail extends MailSender {
  readonly sent: readonly { id: string; mail: Mail }[];
}

/** Makes an empty one. */
export function simulatedMail(): SimulatedMail {
  const sent: { id: string; mail: Mail }[] = [];
  return {
    sent,
    send: async (mail, id) => {
      sent.push({ id, mail });
      if (sent.length > MAX_KEPT) sent.shift();
      return { kind: 'sent', detail: 'kept by the simulated sender; nobody was written to' };
    },
  };
}
