import { generateKeyPairSync, sign } from 'node:crypto';
import { Agent, request } from 'node:https';
import { enrolmentAnswerSchema, enrolmentPaths, signingKeyClaimOf } from '@weighgate/protocol';
import { z } from 'zod';
import { makeTestRequest } from './test-request.ts';

/** What a device signs in with at a broker, in PEM. */
interface DeviceTls {
  ca: string;
  cert: string;
  key: string;
}

/** An enrolled device that can sign its journal. */
export interface TestDevice extends DeviceTls {
  sign(text: string): string;
}

/** Asks over TLS as a device does, trusting the given CA alone. */
export async function askEnrolment(
  url: string,
  path: string,
  body: unknown,
  tls: { ca: string; cert?: string; key?: string },
): Promise<{ status: number; body: unknown }> {
  const agent = new Agent({ ...tls, keepAlive: false });
  const answered = Promise.withResolvers<{ status: number; body: unknown }>();
  const call = request(url + path, { agent, method: body === undefined ? 'GET' : 'POST' }, (response) => {
    let text = '';
    response.on('data', (chunk) => (text += chunk));
    response.on('end', () => answered.resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }));
  });
  call.on('error', answered.reject);
  call.end(body === undefined ? undefined : JSON.stringify(body));
  return answered.promise;
}

/** A device of site DEMO enrolled by a token, in the way a device does it. */
export async function enrolTestDevice(
  cloud: { url: string; apiKey: string; enrolUrl: string },
  device: string,
  site = 'DEMO',
): Promise<TestDevice> {
  const made = await fetch(`${cloud.url}/api/fleet/enrolment-tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${cloud.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ site, device }),
  });
  const { token } = z.looseObject({ token: z.string() }).parse(await made.json());
  const ca = z.looseObject({ certificate: z.string() }).parse(
    await (
      await fetch(`${cloud.url}/api/fleet/ca-certificate`, {
        headers: { authorization: `Bearer ${cloud.apiKey}` },
      })
    ).json(),
  ).certificate;
  const { csr, keyPem, keyFingerprint } = await makeTestRequest(device);
  const signing = generateKeyPairSync('ed25519');
  const proof = sign(null, Buffer.from(signingKeyClaimOf(device, keyFingerprint)), signing.privateKey);
  const body = {
    token,
    site,
    device,
    csr,
    signingKey: signing.publicKey.export({ format: 'jwk' }).x,
    signingKeyProof: proof.toString('base64url'),
  };
  const answer = await askEnrolment(cloud.enrolUrl, enrolmentPaths.enrol, body, { ca });
  const issued = enrolmentAnswerSchema.parse(answer.body);
  if (issued.kind !== 'issued') throw new Error('the device has to wait');
  return {
    ca,
    cert: issued.certificate,
    key: keyPem,
    sign: (text) => sign(null, Buffer.from(text), signing.privateKey).toString('base64url'),
  };
}
