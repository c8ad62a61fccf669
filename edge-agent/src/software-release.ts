import { isSigned, publicKeySchema, signatureSchema } from '@weighgate/protocol';
import { z } from 'zod';

/** What a site asks of the software it weighs with. */
export const softwareConfig = z.strictObject({
  /** `verified`: only what the key below has signed weighs. `traced`: any does, and every change is an entry. */
  update: z.enum(['traced', 'verified']).default('verified'),
  /** Of whoever releases the software; see `npm run edge -- release`. */
  releaseKey: publicKeySchema,
  /** The signed release. Relative to the configuration file. */
  releaseFile: z.string().min(1),
});

const releaseSchema = z.strictObject({
  version: z.string().regex(/^\d{1,6}(\.\d{1,6}){2}$/),
  modulesSha256: z.string().regex(/^[0-9a-f]{64}$/),
  signature: signatureSchema,
});

/** What is known of the software that runs. */
export type ReleaseVerdict =
  | { kind: 'verified'; version: string }
  | { kind: 'unverified'; reason: 'no_release' | 'not_signed' | 'other_software' | 'older' };

/** What a release signs: one version, and the digest of its legally relevant modules. */
export function releaseClaimOf({
  version,
  modulesSha256,
}: {
  version: string;
  modulesSha256: string;
}): string {
  return `weighgate/v1 release\n${version}\n${modulesSha256}\n`;
}

/**
 * Whether the software that runs is the one that was released (LM-59).
 * @param releaseText the release as it was found; null when there is none
 * @param newest the newest version that was ever verified here: an older one is refused, however well it is signed
 */
export function releaseVerdictOf(
  running: { version: string; modulesSha256: string },
  releaseText: string | null,
  releaseKey: string,
  newest: string | null,
): ReleaseVerdict {
  const release = releaseText === null ? null : parsedRelease(releaseText);
  if (release === null) return { kind: 'unverified', reason: 'no_release' };
  if (!isSigned(releaseClaimOf(release), release.signature, releaseKey))
    return { kind: 'unverified', reason: 'not_signed' };
  if (release.version !== running.version || release.modulesSha256 !== running.modulesSha256)
    return { kind: 'unverified', reason: 'other_software' };
  if (newest !== null && isOlder(release.version, newest)) return { kind: 'unverified', reason: 'older' };
  return { kind: 'verified', version: release.version };
}

function parsedRelease(text: string): z.infer<typeof releaseSchema> | null {
  try {
    return releaseSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isOlder(version: string, than: string): boolean {
  const [ours, theirs] = [version, than].map((text) => text.split('.').map(Number));
  const place = ours?.findIndex((part, index) => part !== theirs?.[index]) ?? -1;
  return place !== -1 && (ours?.[place] ?? 0) < (theirs?.[place] ?? 0);
}
