import { z } from '@hono/zod-openapi';
import {
  type Clock,
  deviceIdSchema,
  fingerprintWords,
  isoInstant,
  type MakeId,
  plainTextSchema,
  siteCodeSchema,
  uuidSchema,
} from '@weighgate/protocol';
import { sql } from 'kysely';
import { callerOf } from '../http/caller.ts';
import { defineRoute } from '../http/define-route.ts';
import { saidBySchema } from '../http/doer.ts';
import { type AnswerSeal, createOnce, idempotencyHeader } from '../http/idempotent.ts';
import { jsonAnswer, jsonBody } from '../http/json-content.ts';
import { answerKeyReused } from '../http/key-reused.ts';
import { onceOf } from '../http/once-of.ts';
import { pageFrom, pageOf, pageQueryOf } from '../http/page.ts';
import { answerProblem, answerUnknown, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import type { Db } from '../store/database.ts';
import type { CertificateAuthority } from './enrolment/certificate-authority.ts';
import { decideRequest } from './enrolment/decide-request.ts';
import { makeToken } from './enrolment/make-token.ts';
import { revokeDevice } from './enrolment/revoke-device.ts';

export interface EnrolmentRouteParts {
  db: Db;
  clock: Clock;
  makeId: MakeId;
  ca: CertificateAuthority;
  /** Keeps a token for a request that comes again. */
  seal: AnswerSeal;
  randomBytes: (size: number) => Buffer;
  /** Address of the TLS listener that devices enrol at. */
  enrolUrl: string;
  /** Called when certificates were revoked, so that their connections are cut at once. */
  onRevoked: () => void;
}

const who = saidBySchema(80);

const tokenRoute = defineRoute({
  method: 'post',
  path: '/enrolment-tokens',
  'x-permission': 'enrolment.decide',
  summary: 'Makes a one-time token for one device; it is shown this once and kept as a hash',
  request: {
    headers: idempotencyHeader,
    body: jsonBody(
      z.strictObject({
        site: siteCodeSchema,
        device: deviceIdSchema.optional().openapi({
          description:
            'the device that may use it, also in the place of one that has the name; left out, any new one',
        }),
        needsConfirmation: z.boolean().default(false).openapi({
          description: 'whether somebody compares the four words before the certificate is issued',
        }),
      }),
    ),
  },
  responses: {
    201: jsonAnswer(
      'the token',
      z.object({ token: z.string(), expiresAt: z.string(), caFingerprint: z.string(), enrolUrl: z.string() }),
    ),
    409: problemAnswer('no such token can be made'),
    ...refusals,
  },
});

const caRoute = defineRoute({
  method: 'get',
  path: '/ca-certificate',
  'x-permission': 'enrolment.read',
  summary: 'The certificate of the CA that devices pin and brokers trust, in PEM',
  responses: { 200: jsonAnswer('the CA', z.object({ certificate: z.string() })), ...refusals },
});

const requestSchema = z
  .object({
    requestId: z.string(),
    device: z.string(),
    site: z.string(),
    state: z.enum(['waiting', 'issued', 'refused']),
    words: z.string().openapi({ description: 'the four words that the device shows too' }),
    keyFingerprint: z.string(),
    signingKey: z.string(),
    requestedAt: z.string(),
    decidedAt: z.string().nullable(),
    decidedBy: z.string().nullable(),
  })
  .openapi('EnrolmentRequest');

const requestsRoute = defineRoute({
  method: 'get',
  path: '/enrolment-requests',
  'x-permission': 'enrolment.read',
  summary: 'Requests for a first certificate, newest first',
  request: { query: pageQueryOf(uuidSchema) },
  responses: { 200: jsonAnswer('a page', pageOf(requestSchema)), ...refusals },
});

const decisionRoute = defineRoute({
  method: 'post',
  path: '/enrolment-requests/{requestId}/decision',
  'x-permission': 'enrolment.decide',
  summary: 'Confirms a request that waits, after the words were compared, or refuses it for good',
  request: {
    params: z.object({ requestId: uuidSchema }),
    body: jsonBody(z.strictObject({ by: who, verdict: z.enum(['confirm', 'refuse']) })),
  },
  responses: {
    200: jsonAnswer('what it is now', z.object({ state: z.enum(['issued', 'refused']) })),
    404: problemAnswer('there is no such request'),
    409: problemAnswer('it was decided before'),
    ...refusals,
  },
});

const enrolledSchema = z
  .object({
    device: z.string(),
    site: z.string(),
    enrolledAt: z.string(),
    admitted: z.boolean(),
    certificateEndsAt: z
      .string()
      .nullable()
      .openapi({ description: 'null when every certificate is revoked' }),
    revokeReason: z.string().nullable(),
  })
  .openapi('EnrolledDevice');

const enrolledRoute = defineRoute({
  method: 'get',
  path: '/enrolled-devices',
  'x-permission': 'enrolment.read',
  summary: 'Devices that have or had a certificate, by id',
  request: { query: pageQueryOf(deviceIdSchema) },
  responses: { 200: jsonAnswer('a page', pageOf(enrolledSchema)), ...refusals },
});

const revokeRoute = defineRoute({
  method: 'post',
  path: '/devices/{device}/revoke',
  'x-permission': 'devices.revoke',
  summary: 'Revokes every certificate of a device and cuts its connection',
  request: {
    params: z.object({ device: deviceIdSchema }),
    body: jsonBody(z.strictObject({ by: who, reason: plainTextSchema(200) })),
  },
  responses: {
    200: jsonAnswer('how many there were', z.object({ device: z.string(), revoked: z.int() })),
    404: problemAnswer('there is no such device'),
    ...refusals,
  },
});

/** What an administrator does about devices and their certificates. */
export function enrolmentRoutes(parts: EnrolmentRouteParts) {
  const { db, ca } = parts;
  return makeRouter()
    .openapi(tokenRoute, async (c) => {
      const { device = null, ...wish } = c.req.valid('json');
      const order = { ...wish, device, by: callerOf(c) };
      const once = onceOf(c, 'POST /enrolment-tokens', { ...wish, device }, parts);
      const made = await createOnce(once, async (trx) => {
        const done = await makeToken(trx, order, { ...parts, caFingerprint: ca.fingerprint });
        if (done.kind === 'refused') return done;
        const { token, expiresAt } = done;
        const caFingerprint = ca.fingerprint.toString('hex');
        return {
          kind: 'created' as const,
          body: { token, expiresAt, caFingerprint, enrolUrl: parts.enrolUrl },
        };
      });
      if (made.kind === 'key_reused') return answerKeyReused(c);
      if (made.kind === 'refused') {
        return answerProblem(c, 409, { code: 'no-token', title: 'No token is made', detail: made.reason });
      }
      c.header('cache-control', 'no-store');
      return c.json(made.body, 201);
    })
    .openapi(caRoute, (c) => c.json({ certificate: ca.certificatePem }, 200))
    .openapi(requestsRoute, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const rows = await db
        .selectFrom('enrolment_requests')
        .selectAll()
        .$if(cursor !== undefined, (query) => query.where('request_id', '<', cursor ?? ''))
        .orderBy('request_id', 'desc')
        .limit(limit + 1)
        .execute();
      const requests = rows.map((row) => ({
        requestId: row.request_id,
        device: row.device,
        site: row.site,
        state: row.state,
        words: fingerprintWords(row.key_fingerprint),
        keyFingerprint: row.key_fingerprint,
        signingKey: row.signing_key,
        requestedAt: isoInstant(row.requested_at.getTime()),
        decidedAt: row.decided_at === null ? null : isoInstant(row.decided_at.getTime()),
        decidedBy: row.decided_by,
      }));
      return c.json(
        pageFrom(requests, limit, ({ requestId }) => requestId),
        200,
      );
    })
    .openapi(enrolledRoute, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const rows = await db
        .selectFrom('enrolled_devices as d')
        .leftJoin('device_certificates as c', 'c.device', 'd.device')
        .select([
          'd.device',
          'd.site',
          'd.enrolled_at',
          sql<Date | null>`max(c.not_after) filter (where c.revoked_at is null)`.as('ends_at'),
          sql<string | null>`(array_agg(c.revoke_reason order by c.revoked_at desc nulls last))[1]`.as(
            'reason',
          ),
        ])
        .$if(cursor !== undefined, (query) => query.where('d.device', '>', cursor ?? ''))
        .groupBy(['d.device', 'd.site', 'd.enrolled_at'])
        .orderBy('d.device')
        .limit(limit + 1)
        .execute();
      const devices = rows.map((row) => ({
        device: row.device,
        site: row.site,
        enrolledAt: isoInstant(row.enrolled_at.getTime()),
        admitted: row.ends_at !== null,
        certificateEndsAt: row.ends_at === null ? null : isoInstant(row.ends_at.getTime()),
        revokeReason: row.ends_at === null ? row.reason : null,
      }));
      return c.json(
        pageFrom(devices, limit, ({ device }) => device),
        200,
      );
    })
    .openapi(revokeRoute, async (c) => {
      const { device } = c.req.valid('param');
      const known = await db
        .selectFrom('enrolled_devices')
        .select('device')
        .where('device', '=', device)
        .executeTakeFirst();
      if (known === undefined) return answerUnknown(c, `enrolled device ${device}`);
      const order = { ...c.req.valid('json'), caller: callerOf(c) };
      const revoked = await revokeDevice(device, order, parts);
      parts.onRevoked();
      return c.json({ device, revoked }, 200);
    })
    .openapi(decisionRoute, async (c) => {
      const { requestId } = c.req.valid('param');
      const { by, verdict } = c.req.valid('json');
      const state = verdict === 'confirm' ? ('issued' as const) : ('refused' as const);
      const decided = await decideRequest(requestId, state, { caller: callerOf(c), by }, parts);
      if (decided === 'unknown') return answerUnknown(c, `enrolment request ${requestId}`);
      if (decided === 'decided_before') {
        return answerProblem(c, 409, {
          code: 'decided-before',
          title: 'Decided before',
          detail: 'this request was confirmed or refused already',
        });
      }
      // A device that takes the place of another one throws that one out.
      if (state === 'issued') parts.onRevoked();
      return c.json({ state }, 200);
    });
}
