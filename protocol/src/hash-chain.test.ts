import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ChainLink, chainHash, genesisHash, walkChain } from './hash-chain.ts';

const device = 'demo-1';
const incarnation = '01a10a36-67d2-70aa-bb66-ae528194f836';
const genesis = { seq: 0, hash: genesisHash(device, incarnation) };

function chainOf(entryTexts: readonly string[], from = genesis): ChainLink[] {
  let { hash } = from;
  return entryTexts.map((entryText, index) => {
    hash = chainHash(hash, entryText);
    return { seq: from.seq + index + 1, hash, entryText };
  });
}

/** Flips one bit of the stored UTF-8, counted from the first; what is no longer UTF-8 reads as U+FFFD. */
function flipTextBit(text: string, bit: number): string {
  const bytes = Buffer.from(text);
  const at = Math.floor(bit / 8) % bytes.length;
  bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (bit % 8)), at);
  return bytes.toString();
}

function flipHashBit(hash: string, bit: number): string {
  const bytes = Buffer.from(hash, 'hex');
  const at = Math.floor(bit / 8) % bytes.length;
  bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (bit % 8)), at);
  return bytes.toString('hex');
}

const entryText = fc.oneof(
  fc.json(),
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.constant('{"grossG":24860000}'),
);
const links = fc.array(entryText, { minLength: 1, maxLength: 50 }).map((texts) => chainOf(texts));
/** A chain and the index of the link that is tampered with. */
const linksAndIndex = links.chain((chain) => fc.tuple(fc.constant(chain), fc.nat({ max: chain.length - 1 })));

describe('an untouched chain', () => {
  test('of up to 50 entries is intact and ends in its head', () => {
    fc.assert(
      fc.property(links, (chain) => {
        const headHash = chain.at(-1)?.hash;
        expect(walkChain(chain, genesis)).toEqual({ kind: 'intact', entries: chain.length, headHash });
      }),
    );
    expect(walkChain([], genesis)).toEqual({ kind: 'intact', entries: 0, headHash: genesis.hash });
  });

  test('may be walked in parts, each from where the one before ended', () => {
    fc.assert(
      fc.property(linksAndIndex, ([chain, index]) => {
        const [head, tail] = [chain.slice(0, index), chain.slice(index)];
        const first = walkChain(head, genesis);
        if (first.kind !== 'intact') throw new Error('the first part is broken');
        const rest = walkChain(tail, { seq: index, hash: first.headHash });
        expect(rest).toMatchObject({ kind: 'intact', headHash: chain.at(-1)?.hash });
      }),
    );
  });
});

describe('in a chain of up to 50 entries the first bad one is named after', () => {
  test('any single bit of any entry was changed', () => {
    fc.assert(
      fc.property(linksAndIndex, fc.nat(), ([chain, index], bit) => {
        const tampered = chain.map((link, at) =>
          at === index ? { ...link, entryText: flipTextBit(link.entryText, bit) } : link,
        );
        const brokenAtSeq = index + 1;
        expect(walkChain(tampered, genesis)).toEqual({ kind: 'broken', brokenAtSeq, reason: 'wrong_hash' });
      }),
      { numRuns: 300 },
    );
  });

  test('any single bit of any hash was changed', () => {
    fc.assert(
      fc.property(linksAndIndex, fc.nat(), ([chain, index], bit) => {
        const tampered = chain.map((link, at) =>
          at === index ? { ...link, hash: flipHashBit(link.hash, bit) } : link,
        );
        const brokenAtSeq = index + 1;
        expect(walkChain(tampered, genesis)).toEqual({ kind: 'broken', brokenAtSeq, reason: 'wrong_hash' });
      }),
      { numRuns: 300 },
    );
  });

  test('an entry was deleted, its number missing or given to the next', () => {
    fc.assert(
      fc.property(linksAndIndex, ([chain, index]) => {
        fc.pre(index < chain.length - 1);
        const without = chain.toSpliced(index, 1);
        const brokenAtSeq = index + 1;
        expect(walkChain(without, genesis)).toEqual({ kind: 'broken', brokenAtSeq, reason: 'missing_entry' });
        const renumbered = without.map((link, at) => ({ ...link, seq: at + 1 }));
        expect(walkChain(renumbered, genesis)).toEqual({ kind: 'broken', brokenAtSeq, reason: 'wrong_hash' });
      }),
    );
  });

  test('two entries were swapped, with or without their numbers', () => {
    fc.assert(
      fc.property(linksAndIndex, fc.nat(), ([chain, index], distance) => {
        fc.pre(index < chain.length - 1);
        const other = index + 1 + (distance % (chain.length - 1 - index));
        const [one, two] = [chain[index] as ChainLink, chain[other] as ChainLink];
        const swapped = chain.with(index, two).with(other, one);
        const brokenAtSeq = index + 1;
        expect(walkChain(swapped, genesis)).toEqual({ kind: 'broken', brokenAtSeq, reason: 'missing_entry' });
        const renumbered = swapped.map((link, at) => ({ ...link, seq: at + 1 }));
        expect(walkChain(renumbered, genesis)).toEqual({ kind: 'broken', brokenAtSeq, reason: 'wrong_hash' });
      }),
    );
  });

  test('a well-hashed entry was inserted before another: that other no longer follows', () => {
    fc.assert(
      fc.property(linksAndIndex, entryText, ([chain, index], forgedText) => {
        const previousHash = chain[index - 1]?.hash ?? genesis.hash;
        const forged = { seq: index + 1, hash: chainHash(previousHash, forgedText), entryText: forgedText };
        const inserted = chain.toSpliced(index, 0, forged);
        const brokenAtSeq = index + 2;
        expect(walkChain(inserted, genesis)).toEqual({
          kind: 'broken',
          brokenAtSeq,
          reason: 'missing_entry',
        });
        const renumbered = inserted.map((link, at) => ({ ...link, seq: at + 1 }));
        expect(walkChain(renumbered, genesis)).toEqual({ kind: 'broken', brokenAtSeq, reason: 'wrong_hash' });
      }),
    );
  });
});

describe('what a walk alone cannot see, the head hash tells', () => {
  test('a chain cut short is intact as far as it goes, and has another head', () => {
    const chain = chainOf(['{"a":1}', '{"a":2}', '{"a":3}']);
    const walk = walkChain(chain.slice(0, 2), genesis);
    expect(walk).toEqual({ kind: 'intact', entries: 2, headHash: chain[1]?.hash });
    expect(chain[1]?.hash).not.toBe(chain[2]?.hash);
  });

  test('a chain rewritten from one entry on has another head', () => {
    fc.assert(
      fc.property(fc.array(entryText, { minLength: 1, maxLength: 20 }), fc.nat(), (texts, at) => {
        const index = at % texts.length;
        const rewritten = texts.with(index, `${texts[index]} `);
        expect(chainOf(rewritten).at(-1)?.hash).not.toBe(chainOf(texts).at(-1)?.hash);
      }),
    );
  });
});

test('a chain belongs to one device and one life of its database', () => {
  const chain = chainOf(['{}']);
  const wrongHash = { kind: 'broken', brokenAtSeq: 1, reason: 'wrong_hash' };
  expect(walkChain(chain, { seq: 0, hash: genesisHash('demo-2', incarnation) })).toEqual(wrongHash);
  const nextLife = '01a10a36-67d2-70aa-bb66-ae528194f837';
  expect(walkChain(chain, { seq: 0, hash: genesisHash(device, nextLife) })).toEqual(wrongHash);
});

test('the hash is SHA-256 over the previous hash’s bytes and the entry’s UTF-8', () => {
  // printf 'weighgate/v1\ndemo-1\n01a10a36-67d2-70aa-bb66-ae528194f836\n' | sha256sum
  expect(genesis.hash).toBe('be50a624b84fd9371a66d6d12776d1d8f47b4910dfc2e72f586de1079ff510f9');
  // (printf 'be50...' | xxd -r -p; printf '{"truck":"ב 204"}') | sha256sum
  expect(chainHash(genesis.hash, '{"truck":"ב 204"}')).toBe(
    '2e172f613f44d9b25655abd34008539dcf8ab90d8a66be96108ad4482db223dc',
  );
});

test.each([
  '',
  'zz',
  'be50',
  `${genesis.hash}00`,
  genesis.hash.toUpperCase(),
  `${genesis.hash.slice(0, 63)}g`,
])('a previous hash of %j is refused, where Node would hash what digits it finds', (previousHash) => {
  expect(() => chainHash(previousHash, '{}')).toThrow('not a SHA-256 hash');
});
