import { type Instrument, kgOf, type StoredTare, sourceOf, type TareDrift } from '@weighgate/protocol';
import type { StoredSession, StoredWeighing } from '../store/session-reader.ts';
import type { WeighingEntry } from '../weighing/weighing-store.ts';

/**
 * The answer to a weighing, made from its committed entry alone: a repeated request gets the same answer for ever.
 * Beside our own names it carries those of the Gan Shmuel systems: `bruto` is this weighing's gross, `neto` is `"na"`
 * while there is no net.
 */
export function weighingAnswer({ kind, body }: WeighingEntry) {
  const net = 'net' in body ? body.net : null;
  const known = net?.kind === 'known' ? net : null;
  const grossKg = kgOf(body.weight.grossG);
  const truckTareKg = known === null ? null : kgOf(known.truckTareG);
  const netKg = known === null ? null : kgOf(known.netG);
  return {
    id: body.sessionId,
    session_id: body.sessionId,
    direction: kind === 'session.opened' ? 'in' : kind === 'weight.single' ? 'none' : 'out',
    truck: body.truck ?? 'na',
    produce: body.produce ?? 'na',
    provider: body.provider ?? null,
    containers: body.containers,
    bruto: grossKg,
    gross_weight: grossKg,
    truck_tara: truckTareKg,
    truckTara: truckTareKg,
    neto: netKg ?? 'na',
    net_weight: netKg ?? 'na',
    grossKg,
    truckTareKg,
    netKg,
    waitingFor: net?.kind === 'pending' ? net.waitingFor : [],
    ticketNo: body.ticketNo,
    weighedAt: body.weight.registeredAt,
    scale: body.weight.scaleId,
    source: sourceOf(body.weight),
    operator: body.weight.manual?.operator ?? body.operator ?? null,
    secondBy: body.weight.manual?.secondBy ?? null,
    reason: body.weight.manual?.reason ?? null,
    stability: body.weight.stability,
    position: body.weight.position ?? null,
    instrument: instrumentPart(body.weight.instrument),
    alibiId: body.weight.alibiId ?? null,
    tareDrift: 'tareDrift' in body ? tareDriftPart(body.tareDrift) : null,
    storedTare: 'storedTare' in body ? storedTarePart(body.storedTare) : null,
    ...overloadPart(body),
    inspection: body.inspection ?? false,
    purpose: 'purpose' in body ? (body.purpose ?? null) : null,
  };
}

function tareDriftPart(drift: TareDrift | undefined) {
  if (drift === undefined) return null;
  const { medianG, madG, deviationG } = drift;
  return { medianKg: kgOf(medianG), madKg: kgOf(madG), deviationKg: kgOf(deviationG) };
}

/** The instrument as it was commissioned; null in a record of an agent that did not say. */
function instrumentPart(instrument: Instrument | undefined) {
  if (instrument === undefined) return null;
  const { serialNo, interval, minG, maxG } = instrument;
  return { serialNo, interval, minKg: kgOf(minG), maxKg: kgOf(maxG) };
}

/** A tare from the record: `PT` says that it was typed. */
function storedTarePart({ kind, tareG, setAt, validUntil, weightId, confirmed }: StoredTare) {
  const mark = kind === 'preset' ? 'PT' : null;
  return { kind, mark, tareKg: kgOf(tareG), setAt, validUntil, weightId, confirmed: confirmed ?? false };
}

/** How far a truck is over its legal gross; below zero it is under. Null where none is set. */
function overloadPart({ legalGrossG, weight }: WeighingEntry['body']) {
  if (legalGrossG === undefined) return { legalGrossKg: null, overKg: null };
  return { legalGrossKg: kgOf(legalGrossG), overKg: kgOf(weight.grossG - legalGrossG) };
}

/** A session as it stands now. */
export function sessionAnswer({
  sessionId,
  truck,
  produce,
  provider,
  state,
  cloneOf,
  storedTare,
  first,
  second,
  net,
}: StoredSession) {
  const known = net?.kind === 'known' ? net : null;
  const truckTareKg = known === null ? null : kgOf(known.truckTareG);
  const netKg = known === null ? null : kgOf(known.netG);
  const grossKg = kgOf(first.grossG);
  return {
    id: sessionId,
    session_id: sessionId,
    truck: truck ?? 'na',
    produce: produce ?? 'na',
    provider,
    state,
    bruto: grossKg,
    truck_tara: truckTareKg,
    ...(state === 'closed' ? { truckTara: truckTareKg ?? 'na' } : {}),
    neto: netKg ?? 'na',
    net_weight: netKg ?? 'na',
    grossKg,
    truckTareKg,
    netKg,
    waitingFor: net?.kind === 'pending' ? net.waitingFor : [],
    netRefusal: net?.kind === 'pending' ? net.refusal : null,
    cloneOf,
    storedTare,
    first: weighingPart(first),
    second: second === null ? null : weighingPart(second),
  };
}

function weighingPart({
  ticketNo,
  grossG,
  containers,
  registeredAt,
  scaleId,
  direction,
  weightId,
  source,
  operator,
  manualSecondBy,
  manualReason,
}: StoredWeighing) {
  return {
    weightId,
    direction: direction === 'single' ? 'none' : direction,
    ticketNo,
    grossKg: kgOf(grossG),
    containers,
    weighedAt: registeredAt,
    scale: scaleId,
    source,
    operator,
    secondBy: manualSecondBy,
    reason: manualReason,
  };
}
