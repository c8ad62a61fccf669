/** Why JSON is refused before anything reads it. */
export type JsonFault =
  | { kind: 'too_deep' }
  | { kind: 'key_twice'; key: string }
  | { kind: 'forbidden_key'; key: string };

/** Objects and arrays inside one another; no request of ours comes near it. */
export const MAX_JSON_DEPTH = 20;

/** Keys that are no data in JavaScript. */
const forbidden = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Looks for what `JSON.parse` would take silently: nesting without end, a key given twice, of which it keeps the last,
 * and keys that reach an object's prototype. Text that is no JSON gives null: whoever parses it says so.
 */
export function jsonFaultOf(text: string): JsonFault | null {
  /** The keys of each open object; null for an open array. */
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '{' || char === '[') {
      open.push(char === '{' ? new Set() : null);
      if (open.length > MAX_JSON_DEPTH) return { kind: 'too_deep' };
    } else if (char === '}' || char === ']') {
      open.pop();
    } else if (char === '"') {
      const end = endOfString(text, at);
      const keys = open.at(-1);
      if (keys && isFollowedByColon(text, end)) {
        const key = keyOf(text.slice(at, end));
        if (key === undefined) return null;
        if (forbidden.has(key)) return { kind: 'forbidden_key', key };
        if (keys.has(key)) return { kind: 'key_twice', key };
        keys.add(key);
      }
      at = end - 1;
    }
  }
  return null;
}

/** Where the string that begins at `start` has ended. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return Math.min(at + 1, text.length);
}

function isFollowedByColon(text: string, from: number): boolean {
  let at = from;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at += 1;
  return text[at] === ':';
}

/** The key with its escapes undone: `"\\u005f_proto__"` is a way to write a forbidden one. */
function keyOf(quoted: string): string | undefined {
  try {
    return String(JSON.parse(quoted));
  } catch {
    // No JSON: the parser of the body answers that.
    return undefined;
  }
}
