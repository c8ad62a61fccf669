import { gramsOf, type JournalEntry, netOf, type RegisteredWeight } from '@weighgate/protocol';
import type { FrozenSession } from '../frozen-bill.ts';
import { type ProvenEntry, placeText } from './check-entry.ts';
import { differs, type Fault } from './fault.ts';

type FrozenWeight = FrozenSession['first'];
/** Finds a proven entry by its uuid. */
export type FindEntry = (uuid: string) => ProvenEntry | undefined;

/** How a delivery's net came about, out of the entry that says it. */
export interface NetArithmetic {
  entryUuid: string;
  firstG: number;
  firstContainers: readonly string[];
  secondG: number;
  secondContainers: readonly string[];
  tares: readonly { container: string; tareG: number }[];
  /** `(15000 - 150) - 8000 = 6850`, in kilograms. */
  formula: string;
  /** Null when it is pending by its own entry. */
  netG: number | null;
}

/** Computes a delivery again from its entries and says where they differ from what is on the bill. Empty: nowhere. */
export function sessionFaults(session: FrozenSession, find: FindEntry): Fault[] {
  const where = `delivery ${session.ticketOut}`;
  const weights = [session.first, ...(session.second === null ? [] : [session.second])];
  return [
    ...weights.flatMap((weight) => weightFaults(where, weight, find)),
    ...netFaults(where, session, find),
  ];
}

/** How the net of a delivery came about; undefined when its entry is not there or says no net. */
export function netArithmeticOf(entryUuid: string, find: FindEntry): NetArithmetic | undefined {
  const fact = find(entryUuid)?.fact;
  const said = fact === undefined ? undefined : weighingsOf(fact);
  if (said === undefined) return undefined;
  const { first, second, tares } = said;
  const net = netOf(first, second, new Map(tares.map(({ container, tareG }) => [container, tareG])));
  return {
    entryUuid,
    firstG: first.grossG,
    firstContainers: first.containers,
    secondG: second.grossG,
    secondContainers: second.containers,
    tares,
    formula: formulaOf(said, net.kind === 'known' ? net.netG : null),
    netG: net.kind === 'known' ? net.netG : null,
  };
}

/** The weight that an entry registers; undefined when it registers none. */
export function weightOf(fact: JournalEntry): RegisteredWeight | undefined {
  switch (fact.kind) {
    case 'session.opened':
    case 'session.closed':
    case 'session.one_pass':
    case 'weight.single':
      return fact.body.weight;
    default:
      return undefined;
  }
}

function weightFaults(where: string, frozen: FrozenWeight, find: FindEntry): Fault[] {
  const proven = find(frozen.entry.uuid);
  if (proven === undefined)
    return [{ where, what: `${placeText(frozen.entry)}, which registered a weight, is missing` }];
  const at = placeText(proven.entry);
  const { device, incarnation, seq, hash } = proven.entry;
  const { uuid: _, ...place } = frozen.entry;
  const weight = weightOf(proven.fact);
  if (weight === undefined) return [{ where: at, what: 'it registers no weight' }];
  return [
    ...differs(where, 'the place of the entry', sorted(place), sorted({ device, incarnation, seq, hash })),
    ...differs(where, 'the id of a weight', frozen.weightId, weight.weightId),
    ...differs(where, 'a gross in grams', frozen.grossG, weight.grossG),
    ...differs(where, 'the scale', frozen.scaleId, weight.scaleId),
    ...differs(
      where,
      'the instant of a weight',
      Date.parse(frozen.registeredAt),
      Date.parse(weight.registeredAt),
    ),
    ...differs(where, 'whether a person gave the weight', frozen.isManual, weight.source === 'manual'),
    ...(weight.parts ?? [weight]).flatMap(({ grossG, indication }) =>
      gramsOf(indication.value, indication.unit) === grossG
        ? []
        : [
            {
              where: at,
              what: `the indicator showed ${indication.value} ${indication.unit}, which are not ${grossG} g`,
            },
          ],
    ),
  ];
}

function netFaults(where: string, session: FrozenSession, find: FindEntry): Fault[] {
  const fact = find(session.netEntryUuid)?.fact;
  if (fact === undefined) return [{ where, what: 'the entry that its net comes from is missing' }];
  const said = weighingsOf(fact);
  const arithmetic = netArithmeticOf(session.netEntryUuid, find);
  if (said === undefined || arithmetic === undefined)
    return [{ where, what: 'the entry of its net says no net' }];
  const { first, second } = session;
  const secondG = second?.grossG ?? session.storedTare?.tareG ?? null;
  const used = new Map(said.tares.map(({ container, tareG }) => [container, tareG]));
  const containers = [...first.containers, ...(second?.containers ?? [])];
  return [
    ...differs(where, 'the truck', session.truck, said.truck ?? session.truck),
    ...differs(where, 'the first gross in grams', first.grossG, arithmetic.firstG),
    ...differs(where, 'the second gross in grams', secondG, arithmetic.secondG),
    ...differs(
      where,
      'the containers at the first weighing',
      idsOf(first),
      [...arithmetic.firstContainers].sort(),
    ),
    ...(second === null
      ? []
      : differs(
          where,
          'the containers at the second weighing',
          idsOf(second),
          [...arithmetic.secondContainers].sort(),
        )),
    ...containers.flatMap(({ id, tareG }) =>
      differs(where, `the tare of container ${id}`, tareG, used.get(id) ?? null),
    ),
    ...differs(where, 'the net in grams', session.netG, arithmetic.netG),
  ];
}

interface Weighings {
  /** Null where the entry does not say. */
  truck: string | null;
  first: { grossG: number; containers: readonly string[] };
  second: { grossG: number; containers: readonly string[] };
  tares: readonly { container: string; tareG: number }[];
}

function weighingsOf(fact: JournalEntry): Weighings | undefined {
  switch (fact.kind) {
    case 'session.closed': {
      const { truck, first, weight, containers, tares } = fact.body;
      return { truck, first, second: { grossG: weight.grossG, containers }, tares };
    }
    case 'session.net_completed':
      return { truck: null, ...fact.body };
    case 'session.one_pass': {
      const { truck, weight, containers, storedTare, tares } = fact.body;
      return {
        truck,
        first: { grossG: weight.grossG, containers },
        second: { grossG: storedTare.tareG, containers: [] },
        tares,
      };
    }
    default:
      return undefined;
  }
}

function formulaOf({ first, second, tares }: Weighings, netG: number | null): string {
  const tareG = new Map(tares.map((tare) => [tare.container, tare.tareG]));
  const kg = (grams: number | null | undefined) =>
    grams === null || grams === undefined ? '?' : String(grams / 1000);
  const side = ({ grossG, containers }: Weighings['first']) => {
    const less = [...new Set(containers)].map((id) => ` - ${kg(tareG.get(id))}`).join('');
    return less === '' ? kg(grossG) : `(${kg(grossG)}${less})`;
  };
  return `${side(first)} - ${side(second)} = ${kg(netG)}`;
}

const idsOf = ({ containers }: FrozenWeight) => [...new Set(containers.map(({ id }) => id))].sort();
const sorted = (place: Record<string, unknown>) => Object.entries(place).sort();
