import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** What an attacker has: a good token's claims, the public key, and everything but the private one. */
export interface AttackMaterial {
  kid: string;
  /** The real private key, only to sign what a careless issuer might have signed. */
  signingKey: KeyObject;
  /** The real public key, as PEM and as bytes. */
  publicPem: string;
  publicBytes: Buffer;
  /** Claims that are accepted as they stand. */
  claims: Readonly<Record<string, unknown>>;
  nowMs: number;
}

/** One way to get in that must not work. */
export interface TokenAttack {
  /** The row of the list of attacks it belongs to. */
  row: 'H01-H08' | 'H09' | 'H10' | 'H11' | 'H14' | 'H19';
  name: string;
  make: (material: AttackMaterial) => string;
}

const part = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const headerOf = ({ kid }: AttackMaterial) => ({ alg: 'EdDSA', typ: 'at+jwt', kid });

/** A token that the real key signed. */
const signed = (material: AttackMaterial, header: unknown, claims: unknown) => {
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${sign(null, Buffer.from(text), material.signingKey).toString('base64url')}`;
};
const withSignature = (header: unknown, claims: unknown, signature: string) =>
  `${part(header)}.${part(claims)}.${signature}`;
const withHmac = (hash: string, key: string | Buffer, header: unknown, claims: unknown) => {
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${createHmac(hash, key).update(text).digest('base64url')}`;
};
/** A token of a stranger's key pair. */
const foreign = (header: unknown, claims: unknown) => {
  const text = `${part(header)}.${part(claims)}`;
  const { privateKey } = generateKeyPairSync('ed25519');
  return `${text}.${sign(null, Buffer.from(text), privateKey).toString('base64url')}`;
};

const without = (claims: Readonly<Record<string, unknown>>, name: string) =>
  Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name));

const algorithms = [
  'none',
  'nOnE',
  'NONE',
  '',
  'HS256',
  'HS512',
  'RS256',
  'PS256',
  'ES256',
  'ES256K',
  'Ed448',
  'dir',
];
const algorithmAttacks = algorithms.flatMap((alg): TokenAttack[] => [
  {
    row: 'H01-H08',
    name: `algorithm "${alg}" with the signature of the real key`,
    make: (m) => signed(m, { ...headerOf(m), alg }, m.claims),
  },
]);

const ownKeyHeaders = ['jwk', 'jku', 'x5u', 'x5c'] as const;
const keySourceAttacks = ownKeyHeaders.map(
  (name): TokenAttack => ({
    row: 'H01-H08',
    name: `the header brings its own key by ${name}`,
    make: (m) => {
      const brought = {
        jwk: { kty: 'OKP', crv: 'Ed25519', x: m.publicBytes.toString('base64url') },
        jku: 'https://attacker.example/jwks.json',
        x5u: 'https://attacker.example/key.pem',
        x5c: ['MIIB'],
      }[name];
      return foreign({ ...headerOf(m), [name]: brought }, m.claims);
    },
  }),
);

const requiredClaims = ['iss', 'aud', 'sub', 'sid', 'jti', 'iat', 'exp', 'type'];
const missingClaims = requiredClaims.map(
  (name): TokenAttack => ({
    row: 'H09',
    name: `no ${name}`,
    make: (m) => signed(m, headerOf(m), without(m.claims, name)),
  }),
);

const nowS = (m: AttackMaterial) => Math.floor(m.nowMs / 1000);
/** Claims that differ from good ones in a single value, signed by the real key. */
const changedClaims: readonly {
  row: TokenAttack['row'];
  name: string;
  change: (m: AttackMaterial) => Record<string, unknown>;
}[] = [
  { row: 'H09', name: 'exp as text', change: (m) => ({ exp: String(nowS(m) + 60) }) },
  { row: 'H09', name: 'exp null', change: () => ({ exp: null }) },
  { row: 'H09', name: 'exp in 100 years', change: (m) => ({ exp: nowS(m) + 100 * 31_536_000 }) },
  { row: 'H09', name: 'exp without end', change: () => ({ exp: 1e308 }) },
  { row: 'H09', name: 'exp an hour after iat', change: (m) => ({ exp: nowS(m) + 3_600 }) },
  { row: 'H10', name: 'audience of another service', change: () => ({ aud: 'weighgate-kiosk' }) },
  { row: 'H10', name: 'several audiences', change: () => ({ aud: ['weighgate-cloud-api', 'other'] }) },
  { row: 'H10', name: 'issuer of another service', change: () => ({ iss: 'https://accounts.example' }) },
  { row: 'H10', name: 'type refresh', change: () => ({ type: 'refresh' }) },
  { row: 'H10', name: 'type device', change: () => ({ type: 'device' }) },
  { row: 'H10', name: 'a claim beside ours', change: () => ({ role: 'admin' }) },
  { row: 'H10', name: 'a subject that is no user id', change: () => ({ sub: "x' or '1'='1" }) },
  { row: 'H19', name: 'expired 61 s ago', change: (m) => ({ iat: nowS(m) - 900, exp: nowS(m) - 61 }) },
  { row: 'H19', name: 'issued 75 s ahead', change: (m) => ({ iat: nowS(m) + 75, exp: nowS(m) + 900 }) },
  { row: 'H19', name: 'not to be used yet', change: (m) => ({ nbf: nowS(m) + 600 }) },
];

const keyIds = [
  '../../dev/null',
  '/etc/passwd',
  "x' union select 'key",
  '',
  '0'.repeat(32),
  'f'.repeat(33),
  '__proto__',
  'constructor',
  'https://attacker.example/key',
];

/** Every attack on the text of an access token; none may be accepted. */
export const tokenAttacks: readonly TokenAttack[] = [
  ...algorithmAttacks,
  ...keySourceAttacks,
  {
    row: 'H01-H08',
    name: 'algorithm none, no signature',
    make: (m) => withSignature({ ...headerOf(m), alg: 'none' }, m.claims, ''),
  },
  {
    row: 'H01-H08',
    name: 'our algorithm, no signature',
    make: (m) => withSignature(headerOf(m), m.claims, ''),
  },
  {
    row: 'H01-H08',
    name: 'public key in PEM as the secret of HS256',
    make: (m) => withHmac('sha256', m.publicPem, { ...headerOf(m), alg: 'HS256' }, m.claims),
  },
  {
    row: 'H01-H08',
    name: 'bytes of the public key as the secret of HS512',
    make: (m) => withHmac('sha512', m.publicBytes, { ...headerOf(m), alg: 'HS512' }, m.claims),
  },
  {
    row: 'H01-H08',
    name: 'empty secret of HS256',
    make: (m) => withHmac('sha256', '', { ...headerOf(m), alg: 'HS256' }, m.claims),
  },
  {
    row: 'H01-H08',
    name: 'ES256 with a signature of zeros',
    make: (m) =>
      withSignature({ ...headerOf(m), alg: 'ES256' }, m.claims, Buffer.alloc(64).toString('base64url')),
  },
  {
    row: 'H01-H08',
    name: 'EdDSA with a signature of zeros',
    make: (m) => withSignature(headerOf(m), m.claims, Buffer.alloc(64).toString('base64url')),
  },
  {
    row: 'H01-H08',
    name: 'signature of another key under our key id',
    make: (m) => foreign(headerOf(m), m.claims),
  },
  {
    row: 'H01-H08',
    name: 'claims changed after signing',
    make: (m) => {
      const [header, , signature] = signed(m, headerOf(m), m.claims).split('.');
      return `${header}.${part({ ...m.claims, sub: '01890000-0000-7000-8000-000000000001' })}.${signature}`;
    },
  },
  {
    row: 'H01-H08',
    name: 'signature cut by a byte',
    make: (m) => signed(m, headerOf(m), m.claims).slice(0, -2),
  },
  {
    row: 'H01-H08',
    name: 'critical extension',
    make: (m) => signed(m, { ...headerOf(m), crit: ['b64'], b64: false }, m.claims),
  },
  {
    row: 'H10',
    name: 'type of a plain JWT',
    make: (m) => signed(m, { ...headerOf(m), typ: 'JWT' }, m.claims),
  },
  {
    row: 'H10',
    name: 'no type in the header',
    make: (m) => signed(m, { alg: 'EdDSA', kid: m.kid }, m.claims),
  },
  ...missingClaims,
  ...changedClaims.map(
    ({ row, name, change }): TokenAttack => ({
      row,
      name,
      make: (m) => signed(m, headerOf(m), { ...m.claims, ...change(m) }),
    }),
  ),
  ...keyIds.map(
    (kid): TokenAttack => ({
      row: 'H11',
      name: `key id "${kid.slice(0, 40)}"`,
      make: (m) => signed(m, { ...headerOf(m), kid }, m.claims),
    }),
  ),
  { row: 'H11', name: 'no key id', make: (m) => signed(m, { alg: 'EdDSA', typ: 'at+jwt' }, m.claims) },
  {
    row: 'H11',
    name: 'key id as a list',
    make: (m) => signed(m, { ...headerOf(m), kid: [m.kid] }, m.claims),
  },
  {
    row: 'H14',
    name: '1 MB',
    make: (m) => signed(m, headerOf(m), { ...m.claims, pad: 'x'.repeat(1_000_000) }),
  },
  {
    row: 'H14',
    name: '10 000 claims',
    make: (m) =>
      signed(m, headerOf(m), {
        ...m.claims,
        ...Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`c${at}`, at])),
      }),
  },
  {
    row: 'H14',
    name: 'a claim __proto__',
    make: (m) =>
      signed(m, headerOf(m), `${JSON.stringify(m.claims).slice(0, -1)},"__proto__":{"role":"admin"}}`),
  },
  { row: 'H14', name: 'header that is no JSON', make: (m) => signed(m, 'not json', m.claims) },
  { row: 'H14', name: 'claims that are a list', make: (m) => signed(m, headerOf(m), [m.claims]) },
  { row: 'H14', name: 'claims that are null', make: (m) => signed(m, headerOf(m), 'null') },
  { row: 'H14', name: 'five parts', make: (m) => `${signed(m, headerOf(m), m.claims)}.a.b` },
  { row: 'H14', name: 'only dots', make: () => '..' },
];
