import { createPrivateKey, X509Certificate } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { publicKeySchema } from '@weighgate/protocol';
import { z } from 'zod';

const enrolmentSchema = z.strictObject({
  v: z.literal(1),
  /** Where certificates are asked for. */
  url: z.url({ protocol: /^https$/ }),
  site: z.string().min(1),
  device: z.string().min(1),
  /** The cloud's CA: the only one this device trusts. */
  ca: z.string().min(1),
  certificate: z.string().min(1),
  key: z.string().min(1),
  /** What the cloud signs its commands with; an enrolment of before it said so has none until it is renewed. */
  cloudKey: publicKeySchema.optional(),
});

/** What a device is known by: its certificate with the key, and the cloud's CA, all in PEM. */
export type Enrolment = z.infer<typeof enrolmentSchema>;

/** What stands in the data folder. */
export type EnrolmentReading =
  | { kind: 'enrolled'; enrolment: Enrolment; notBeforeMs: number; notAfterMs: number }
  | { kind: 'not_enrolled'; detail: string };

/** One file holds key and certificate, so that a renewal replaces both or neither. Only the agent's user may read it. */
export function enrolmentPath(dataDir: string): string {
  return join(dataDir, 'enrolment.json');
}

/** Reads it as it stands now; a file that cannot be used is told like none, with what to do. */
export function readEnrolment(dataDir: string, device: string): EnrolmentReading {
  const path = enrolmentPath(dataDir);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? '' : ` (${(error as Error).message})`;
    return notEnrolled(`this device is not enrolled${why}`);
  }
  if ((statSync(path).mode & 0o077) !== 0) {
    return notEnrolled(`others than the agent may read the key in ${path}: chmod 600 it, or better`);
  }
  try {
    const enrolment = enrolmentSchema.parse(JSON.parse(text));
    const certificate = new X509Certificate(enrolment.certificate);
    if (!certificate.checkPrivateKey(createPrivateKey(enrolment.key)))
      throw new Error('the key is another one');
    if (certificate.subject !== `CN=${device}`) {
      return notEnrolled(`${path} is the enrolment of ${certificate.subject}, and this device is ${device}`);
    }
    return {
      kind: 'enrolled',
      enrolment,
      notBeforeMs: certificate.validFromDate.getTime(),
      notAfterMs: certificate.validToDate.getTime(),
    };
  } catch (error) {
    return notEnrolled(`${path} cannot be used (${(error as Error).message.slice(0, 200)})`);
  }
}

function notEnrolled(why: string): EnrolmentReading {
  return {
    kind: 'not_enrolled',
    detail: `${why}: enrol it with "npm run edge -- enrol URL TOKEN"; the token comes from "npm run cloud -- device token SITE"`,
  };
}

/** Keeps an enrolment, in the place of one before it. A power cut leaves the old one or the new one. */
export function keepEnrolment(dataDir: string, enrolment: Enrolment): void {
  writePrivate(enrolmentPath(dataDir), JSON.stringify(enrolment, null, 2));
}

/** Writes a file that only its owner may read, beside its place, flushed, and moves it there when it is whole. */
export function writePrivate(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(`${path}.new`, 'w', 0o600);
  try {
    writeSync(file, `${text}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.new`, path);
}
