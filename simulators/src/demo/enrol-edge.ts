import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { readEnrolment } from '@weighgate/edge-agent/src/sync/enrolment-file.ts';
import type { Clock } from '@weighgate/protocol';
import { z } from 'zod';
import { ProgramError } from '../program.ts';
import type { ApiClient } from './api-client.ts';
import { scriptOf } from './plant-files.ts';

const tokenSchema = z.looseObject({ token: z.string(), enrolUrl: z.string() });
const caSchema = z.looseObject({ certificate: z.string() });
const RENEW_WITHIN_MS = 86_400_000;

/**
 * Enrols the agent of a plant as a person does it: a token from the cloud, `edge enrol` at the device. Does nothing when
 * it is enrolled at this very cloud already.
 * @throws ProgramError when the agent's program refuses
 */
export async function enrolEdge(
  { config, dataDir, device, site }: { config: string; dataDir: string; device: string; site: string },
  cloud: ApiClient,
  clock: Clock,
): Promise<void> {
  const { certificate: ca } = await cloud.need(caSchema, { path: '/api/fleet/ca-certificate' });
  const known = readEnrolment(dataDir, device);
  const isGood = known.kind === 'enrolled' && known.enrolment.ca === ca;
  if (isGood && known.notAfterMs - clock.now() > RENEW_WITHIN_MS) return;
  const { token, enrolUrl } = await cloud.need(tokenSchema, {
    method: 'POST',
    path: '/api/fleet/enrolment-tokens',
    body: { site, device },
  });
  const args = [scriptOf('edge-agent'), 'enrol', enrolUrl, token, '--config', config];
  try {
    await promisify(execFile)(process.execPath, args, { timeout: 30_000 });
  } catch (cause) {
    const { stderr, message, code } = cause as Error & { stderr?: string; code?: number };
    throw new ProgramError(`the agent could not be enrolled: ${stderr?.trim() || message}`, code ?? null);
  }
}
