import type { Scale } from './register-weight.ts';

/** What a record says of the indicator's own memory: nothing where it keeps none. */
export function alibiPart({ alibiId }: Pick<Scale, 'alibiId'>): { alibiId?: string } {
  const kept = alibiId?.() ?? null;
  return kept === null ? {} : { alibiId: kept };
}
