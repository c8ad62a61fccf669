import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import type { SoftwareIdentification } from './kiosk-server/identification-routes.ts';
import { releaseVerdictOf } from './software-release.ts';
import type { SealableParameter, SealedParameters } from './store/sealed-parameters.ts';
import type { Refusal } from './weighing/refusal.ts';

/** The sealable parameters of the software itself. */
const RUNNING = 'site.softwareId';
const RELEASE = 'site.softwareRelease';

/** Which software runs, as sealable parameters, and why it may not weigh; null when it may. */
export function sealedSoftware(
  { software: wanted }: Pick<Config, 'software'>,
  running: SoftwareIdentification,
  sealed: Pick<SealedParameters, 'valueOf'>,
  log: Logger,
): { parameters: Map<string, SealableParameter>; refusal: Refusal | null } {
  const parameters = new Map<string, SealableParameter>();
  const add = (parameter: string, value: string) =>
    parameters.set(parameter, { value: JSON.stringify(value), counter: 'cfg' });
  add(RUNNING, running.softwareId);
  const newest = textOf(sealed.valueOf(RELEASE));
  if (newest !== null) add(RELEASE, newest);
  if (wanted === undefined) return { parameters, refusal: null };
  const { releaseFile, releaseKey, update } = wanted;
  const verdict = releaseVerdictOf(running, readText(releaseFile, log), releaseKey, newest);
  if (verdict.kind === 'verified') {
    add(RELEASE, verdict.version);
    log.info(verdict, 'software.verified');
    return { parameters, refusal: null };
  }
  log.error({ ...verdict, releaseFile }, 'software.unverified');
  const refuses = update === 'verified';
  return { parameters, refusal: refuses ? { code: 'software_unverified', reason: verdict.reason } : null };
}

function textOf(json: string | null): string | null {
  const value: unknown = json === null ? null : JSON.parse(json);
  return typeof value === 'string' ? value : null;
}

function readText(file: string, log: Logger): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    log.warn({ err: error }, 'software.release_unreadable');
    return null;
  }
}
