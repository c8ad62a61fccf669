/** So many requests within so many seconds, by the fixed window that begins with the first of them. */
export interface RateLimit {
  requests: number;
  seconds: number;
}

/** What requests are told apart by when the edge counts them, before a route looks at them. */
export const edgeTierNames = [
  'login',
  'register',
  'public',
  'readLight',
  'readHeavy',
  'writeLight',
  'writeHeavy',
  'admin',
  'refused',
  'account',
  'key',
] as const;
export type EdgeTier = (typeof edgeTierNames)[number];

/** Those, and what a route counts itself, when it knows that it would do what is asked. */
export const rateTierNames = [...edgeTierNames, 'application', 'applications'] as const;
export type RateTier = (typeof rateTierNames)[number];

/** Every limit of a tier holds; the first that is reached refuses. */
export type RateTiers = Readonly<Record<RateTier, readonly RateLimit[]>>;

const MINUTE_S = 60;
const HOUR_S = 3_600;
const perMinute = (requests: number): RateLimit => ({ requests, seconds: MINUTE_S });

/** The tiers of the Gan Shmuel system (its rate_limiting.py), and two for whom they did not know: accounts and machines. */
export const usualTiers: RateTiers = {
  login: [perMinute(5)],
  register: [perMinute(3)],
  public: [perMinute(10)],
  readLight: [perMinute(100)],
  readHeavy: [perMinute(30)],
  writeLight: [perMinute(50)],
  writeHeavy: [perMinute(10)],
  admin: [perMinute(20)],
  /** What was answered 401, by address: guessing gets slow, and whoever is signed in is not counted. */
  refused: [perMinute(50), { requests: 200, seconds: HOUR_S }],
  /** Applications that could be stored, by address, and of all addresses together: what somebody has to read through. */
  application: [{ requests: 20, seconds: HOUR_S }],
  applications: [perMinute(60), { requests: 300, seconds: HOUR_S }],
  account: [perMinute(600)],
  key: [perMinute(6_000)],
};

interface RateRule {
  methods: readonly string[];
  /** Of the path. */
  path: RegExp;
  tier: EdgeTier;
}

const anyMethod = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const writes = ['POST', 'PUT', 'PATCH', 'DELETE'];

/** The class of a route: the first rule that fits. Routes that fit none are counted by who asks alone. */
const rateRules: readonly RateRule[] = [
  { methods: ['POST'], path: /^\/api\/auth\/(?:login|reset|setup|password|totp)/, tier: 'login' },
  { methods: ['POST'], path: /^\/api\/auth\/refresh$/, tier: 'writeLight' },
  { methods: ['POST'], path: /^\/api\/(?:auth|provider)\/register$/, tier: 'register' },
  { methods: anyMethod, path: /^\/(?:api\/provider\/application|\.well-known)s?(?:\/|$)/, tier: 'public' },
  { methods: ['GET'], path: /\/(?:docs(?:\/.*)?|openapi\.json)$/, tier: 'readLight' },
  { methods: ['GET'], path: /^\/api\/provider\/candidates$/, tier: 'readHeavy' },
  { methods: ['GET'], path: /\/(?:evidence|export)$/, tier: 'readHeavy' },
  { methods: writes, path: /\/(?:bulk|import)$/, tier: 'writeHeavy' },
  { methods: ['POST'], path: /^\/(?:api\/provider\/candidates$|apply(?:\/|$))/, tier: 'writeLight' },
  { methods: writes, path: /\/(?:approve|reject|decision|revoke)$/, tier: 'admin' },
  { methods: anyMethod, path: /^\/(?!api\/)/, tier: 'readLight' },
];

/** The class of a request by its method (HEAD counts as GET) and path; undefined where only who asks is counted. */
export function rateTierOf(method: string, path: string): EdgeTier | undefined {
  const asked = method === 'HEAD' ? 'GET' : method;
  return rateRules.find((rule) => rule.methods.includes(asked) && rule.path.test(path))?.tier;
}
