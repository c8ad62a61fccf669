import type { Decoded } from './reading.ts';
import { rejected } from './reading.ts';

/** What stands before and behind the text of every frame. */
export interface Marks {
  start?: string;
  end: string;
}

/**
 * Decodes frames that are text in columns by one pattern of the whole text: what does not match it is rejected.
 * @param form anchored at both ends; has every group named in `Field`, and all of them take part in every match
 */
export function textDecoder<Field extends string>(
  marks: Marks,
  form: RegExp,
  read: (fields: Readonly<Record<Field, string>>) => Decoded,
): (frame: Uint8Array) => Decoded {
  return (frame) => {
    const match = form.exec(textWithin(frame, marks) ?? '');
    if (match === null) return rejected('frame does not have the form of this protocol');
    return read(match.groups as Record<Field, string>);
  };
}

/** The text of a frame without its marks, byte for character; null when they are not there. */
export function textWithin(frame: Uint8Array, { start = '', end }: Marks): string | null {
  const text = Buffer.from(frame).toString('latin1');
  if (!text.startsWith(start) || !text.endsWith(end) || text.length < start.length + end.length) return null;
  return text.slice(start.length, text.length - end.length);
}
