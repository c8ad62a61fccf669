import type { Random } from '../../random.ts';

const MAX_KEPT = 40;

/** What the server itself has said, by the name it stood under: so that requests speak of things that are there. */
export class KnownValues {
  readonly #byName = new Map<string, unknown[]>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Keeps the scalars of a body; an `id` is kept under the name of its collection as well. */
  learn(path: string, body: unknown): void {
    const collection = collectionOf(path);
    const walk = (name: string, value: unknown, depth: number): void => {
      if (depth > 5 || value === null) return;
      if (Array.isArray(value)) {
        for (const one of value.slice(0, 5)) walk(name, one, depth + 1);
      } else if (typeof value === 'object') {
        for (const [key, one] of Object.entries(value)) walk(key, one, depth + 1);
      } else if (typeof value === 'string' || typeof value === 'number') {
        this.#keep(name, value);
        if (name === 'id') this.#keep(`${collection}/id`, value);
      }
    };
    walk(collection, body, 0);
  }

  /** Something known for a path parameter, or undefined. */
  forPath(path: string, name: string): unknown {
    const before = path.slice(0, path.indexOf(`{${name}}`));
    return this.#draw(`${collectionOf(before)}/id`) ?? this.#draw(name);
  }

  /** The value with some of its scalars replaced by known ones of the same name. */
  mixInto(value: unknown, name = ''): unknown {
    if (Array.isArray(value)) return value.map((one) => this.mixInto(one, name));
    if (value !== null && typeof value === 'object') {
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.mixInto(one, key)]));
    }
    if (this.#random.next() < 0.5) return value;
    return this.#draw(name) ?? value;
  }

  #draw(name: string): unknown {
    const kept = this.#byName.get(name);
    return kept === undefined ? undefined : this.#random.pick(kept);
  }

  #keep(name: string, value: unknown): void {
    const kept = this.#byName.get(name) ?? [];
    this.#byName.set(name, kept);
    if (kept.includes(value)) return;
    if (kept.length < MAX_KEPT) kept.push(value);
    else kept[this.#random.whole(0, MAX_KEPT - 1)] = value;
  }
}

/** `providers` for `/api/billing/providers/7`: the last step that is a word, in the plural. */
function collectionOf(path: string): string {
  const word = path
    .split('/')
    .filter((step) => /^[a-z][a-z-]*$/.test(step))
    .at(-1);
  return word === undefined || word.endsWith('s') ? (word ?? '') : `${word}s`;
}
