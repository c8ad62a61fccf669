import { createHash } from 'node:crypto';
import type { MakeId } from '@weighgate/protocol';
import { isList, type Json } from './canonical-json.ts';
import { type Keeping, keepingOf } from './sensitive-names.ts';

const MASK = '***';

/** What stands in clear beside the chain, so long as nobody erases it. */
export interface ClearValue {
  /** JSON pointer (RFC 6901) of the hash in the entry. */
  place: string;
  salt: string;
  value: string;
}

/** What the chain holds of a personal value: nobody finds the value from it once the salt is erased. */
export function commitmentOf({ salt, value }: Pick<ClearValue, 'salt' | 'value'>): string {
  return `sha256:${createHash('sha256').update(`${salt}\n${value}`).digest('hex')}`;
}

const pointerOf = (place: string, name: string) =>
  `${place}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;

/**
 * A value as the chain holds it: secrets masked, personal values as commitments, the clear text of which is put into
 * `clear`.
 * @param place JSON pointer of the value in the entry
 */
export function sealedValue(
  value: Json,
  { place, keeping, subjectKind }: { place: string; keeping: Keeping; subjectKind: string },
  clear: ClearValue[],
  makeSalt: MakeId,
): Json {
  if (value === null) return null;
  if (keeping === 'masked') return MASK;
  if (isList(value)) {
    return value.map((item, index) =>
      sealedValue(item, { place: `${place}/${index}`, keeping, subjectKind }, clear, makeSalt),
    );
  }
  if (typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => {
        const own = keepingOf(subjectKind, name);
        const within = own === 'clear' ? keeping : own;
        const at = { place: pointerOf(place, name), keeping: within, subjectKind };
        return [name, sealedValue(item, at, clear, makeSalt)];
      }),
    );
  }
  if (keeping === 'clear') return value;
  const said = { place, salt: makeSalt(), value: String(value) };
  clear.push(said);
  return commitmentOf(said);
}
