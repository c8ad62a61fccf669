import { enrolmentPaths, enrolmentRequestSchema, renewalRequestSchema } from '@weighgate/protocol';
import type { Context } from 'hono';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { clientAddressReader } from '../../http/client-address.ts';
import type { FailureLimit } from '../../http/failure-limit.ts';
import { noRouteAnswerer } from '../../http/no-route.ts';
import { answerInvalid, answerProblem, errorAnswerer, fieldErrorsOf } from '../../http/problem.ts';
import { requestId } from '../../http/request-id.ts';
import type { AppEnv } from '../../http/router.ts';
import type { CloudKey } from '../cloud-key.ts';
import { type EnrolmentParts, enrolDevice } from './enrol-device.ts';
import type { EnrolmentOutcome } from './enrolment-outcome.ts';
import { renewCertificate } from './renew-certificate.ts';

const MAX_BODY_BYTES = 32 * 1024;

/** What the connection says of who is asking. */
export interface Caller {
  address: string;
  /** SHA-256 of the certificate shown, in hex; its key was proven by the handshake. */
  certificateFingerprint: string | undefined;
}

export interface EnrolmentAppParts extends EnrolmentParts {
  log: Logger;
  /** What devices are to check commands with. */
  cloudKey: Pick<CloudKey, 'publicKey'>;
  /** Where too many bad tokens have come from lately. */
  limit: FailureLimit;
  callerOf: (c: Context) => Caller;
  /** Called when an enrolment took the place of another machine, whose certificates are revoked now. */
  onRevoked: () => void;
}

/**
 * The endpoints a device enrols at, for the TLS listener of their own: the CA certificate, the first certificate for a
 * token, the next certificate for the present one.
 */
export function enrolmentApp(parts: EnrolmentAppParts) {
  const { log, limit, callerOf } = parts;
  const app = new Hono<AppEnv>();
  app.onError(errorAnswerer(log));
  app.notFound(noRouteAnswerer(app));
  app.use(requestId({ ...parts, addressOf: clientAddressReader([]) }));
  app.use(
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: (c) =>
        answerProblem(c, 413, {
          code: 'body-too-large',
          title: 'Body too large',
          detail: `a body may have at most ${MAX_BODY_BYTES} bytes`,
        }),
    }),
  );

  app.get(enrolmentPaths.caCertificates, (c) => c.json({ certificate: parts.ca.certificatePem }));

  app.post(enrolmentPaths.enrol, async (c) => {
    const { address } = callerOf(c);
    if (limit.isBlocked(address)) return answerSlowDown(c);
    const request = await bodyOf(c, enrolmentRequestSchema);
    if (!request.ok) return answerInvalid(c, request.errors);
    const outcome = await enrolDevice(request.body, parts);
    const { device, site } = request.body;
    if (outcome.kind === 'refused') {
      limit.note(address);
      log.warn({ device, site, address, code: outcome.code, reason: outcome.reason }, 'enrolment.refused');
    } else log.info({ device, site, address, outcome: outcome.kind }, 'enrolment.taken');
    if (outcome.kind === 'issued') parts.onRevoked();
    return answerOutcome(c, outcome, parts.cloudKey);
  });

  app.post(enrolmentPaths.renew, async (c) => {
    const { address, certificateFingerprint } = callerOf(c);
    if (limit.isBlocked(address)) return answerSlowDown(c);
    if (certificateFingerprint === undefined) {
      limit.note(address);
      return answerProblem(c, 401, {
        code: 'certificate-needed',
        title: 'Certificate needed',
        detail: 'connect with the present certificate of the device',
      });
    }
    const request = await bodyOf(c, renewalRequestSchema);
    if (!request.ok) return answerInvalid(c, request.errors);
    const outcome = await renewCertificate(certificateFingerprint, request.body.csr, parts);
    if (outcome.kind === 'refused') {
      limit.note(address);
      log.warn({ address, code: outcome.code, reason: outcome.reason }, 'renewal.refused');
    } else log.info({ address }, 'renewal.issued');
    return answerOutcome(c, outcome, parts.cloudKey);
  });
  return app;
}

type Body<T> = { ok: true; body: T } | { ok: false; errors: { path: string; message: string }[] };

async function bodyOf<T>(c: Context<AppEnv>, schema: z.ZodType<T>): Promise<Body<T>> {
  let json: unknown;
  try {
    json = await c.req.json();
  } catch (error) {
    return { ok: false, errors: [{ path: '(body)', message: `is not JSON: ${(error as Error).message}` }] };
  }
  const parsed = schema.safeParse(json);
  return parsed.success
    ? { ok: true, body: parsed.data }
    : { ok: false, errors: fieldErrorsOf(parsed.error) };
}

const statuses = { bad_token: 403, bad_request: 400, not_admitted: 403, too_many: 429 } as const;

function answerOutcome(
  c: Context<AppEnv>,
  outcome: EnrolmentOutcome,
  { publicKey }: Pick<CloudKey, 'publicKey'>,
) {
  switch (outcome.kind) {
    case 'issued':
      return c.json({ ...outcome, cloudKey: publicKey }, 200);
    case 'waiting':
      c.header('retry-after', String(outcome.retryAfterSeconds));
      return c.json(outcome, 202);
    case 'refused':
      return answerProblem(c, statuses[outcome.code], {
        code: outcome.code.replace('_', '-'),
        title: 'No certificate is issued',
        detail: outcome.reason,
      });
  }
}

function answerSlowDown(c: Context<AppEnv>) {
  c.header('retry-after', '600');
  return answerProblem(c, 429, {
    code: 'too-many-failures',
    title: 'Too many failures',
    detail: 'too many requests from this address were refused; try again in ten minutes',
  });
}
