/** How a field is kept: as it is, as a salted hash beside which the clear text may be erased, or not at all. */
export type Keeping = 'clear' | 'committed' | 'masked';

const secretNames =
  /^(?:password|passwd|pin|secret|token|(?:access|refresh|password|enrolment)_?token|api_?key|(?:key|token|password|pin|code)_?hash|private_?key|verifier|otp|totp|totp_?secret)$/i;

/** What tells of a person or of a truck, whatever it is about. */
const personalNames =
  /^(?:truck|truck_?(?:id|key)|plate|plates|driver|driver_?\w+|phone|phone_?number|mobile|e_?mail|contact|contact_?\w+|tax_?(?:id|number)|vat_?(?:id|number)|national_?id|id_?number|address|street|city|user_?agent|operator|closed_?by|alias_?of)$/i;

/** Of which subjects more is personal: the name of a user is, that of a company is not. */
const personalOfSubject: Readonly<Record<string, RegExp>> = {
  user: /^(?:name|name_?key)$/i,
  operator: /^(?:name|name_?key)$/i,
  shift: /^name$/i,
  truck: /^id$/i,
};

/** Subjects whose id is a plate. */
const personalSubjects: ReadonlySet<string> = new Set(['truck']);

/** How a field of what changed is kept. */
export function keepingOf(subjectKind: string, name: string): Keeping {
  if (secretNames.test(name)) return 'masked';
  if (personalNames.test(name) || personalOfSubject[subjectKind]?.test(name)) return 'committed';
  return 'clear';
}

/** How the id of a subject is kept. */
export function keepingOfId(subjectKind: string): Keeping {
  return personalSubjects.has(subjectKind) ? 'committed' : 'clear';
}
