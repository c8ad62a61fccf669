import { z } from 'zod';

const id = z.string().optional();
/** Fields by which entries name what they are about, in every kind there is and likely in those to come. */
const subjectFields = z.looseObject({
  sessionId: id,
  supersedes: id,
  container: id,
  shiftId: id,
  operatorId: id,
  clone: z.looseObject({ sessionId: id }).nullable().optional(),
});

/** What an entry is about, such as `session 01a1…`: entries of one chain about the same thing depend on their order. Pure. */
export function subjectsOf(body: unknown): Set<string> {
  const read = subjectFields.safeParse(body);
  if (!read.success) return new Set();
  const { sessionId, supersedes, container, shiftId, operatorId, clone } = read.data;
  const named = {
    session: [sessionId, supersedes, clone?.sessionId],
    container: [container],
    shift: [shiftId],
    operator: [operatorId],
  };
  return new Set(
    Object.entries(named).flatMap(([what, ids]) =>
      ids.filter((one) => one !== undefined).map((one) => `${what} ${one}`),
    ),
  );
}

/** Kinds whose last entry says how things stand: an earlier one must not be applied after it. */
export const lastOneHolds: ReadonlySet<string> = new Set([
  'container_tare.set',
  'operator.added',
  'operator.pin_set',
  'operator.blocked',
  'operator.unblocked',
]);
