import type { Clock } from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { Config, LineConfig } from './config.ts';
import { diniArgeoAlibi, withAlibi } from './indicator/alibi.ts';
import { askIndicator } from './indicator/ask-indicator.ts';
import { indicatorCommander } from './indicator/command-indicator.ts';
import { exchangeOver } from './indicator/exchange.ts';
import { healthOfAll } from './indicator/line-state.ts';
import { type FramedReading, type IndicatorReader, readIndicator } from './indicator/read-indicator.ts';
import type { Reading } from './indicator/reading.ts';
import type { CommandedScale } from './kiosk-server/command-routes.ts';
import type { WatchedScale } from './kiosk-server/live-view.ts';
import type { PositionSensors } from './lane/position/position-sensors.ts';
import { defaultKeepLineRule, keepLine } from './line/kept-line.ts';
import type { OpenLine } from './line/line.ts';
import type { RegisteredLoads } from './store/registered-loads.ts';
import type { WatchedPositions } from './watch-positions.ts';
import { type AlibiMemory, alibiMemoryOf } from './weighing/alibi-memory.ts';
import { changeOf } from './weighing/commissioned-indication.ts';
import { type Deck, deckOf } from './weighing/deck.ts';
import { defaultStabilityRule } from './weighing/stability.ts';
import { type SumDeck, sumDeckOf } from './weighing/sum-deck.ts';

/** A scale with its own indicator, from the line to the deck. */
export interface ReadScale extends WatchedScale, CommandedScale {
  reader: IndicatorReader;
  /** The memory of its indicator, where weights are kept there. */
  alibi?: AlibiMemory | undefined;
  /** Resolves when it has stopped; rejects with what stopped it. */
  done: Promise<void>;
}

const alibiDialects = { 'dini-argeo': diniArgeoAlibi } as const;

interface WatchParts {
  clock: Clock;
  random: () => number;
  log: Logger;
  signal: AbortSignal;
}

/** Reads every configured scale for as long as the signal lets it, and adds up the decks that belong together. */
export function watchScales(
  { scales, sumDecks }: Pick<Config, 'scales' | 'sumDecks'>,
  loads: RegisteredLoads,
  openLine: (line: LineConfig) => OpenLine,
  positions: Pick<WatchedPositions, 'of'>,
  parts: WatchParts,
): { scales: ReadScale[]; sums: WatchedScale[] } {
  const sumsOf = new Map<string, SumDeck[]>();
  const read = scales.map((config) => {
    const sumIds = sumDecks.filter(({ of }) => of.includes(config.id)).map(({ id }) => id);
    const deck = followed(
      config.id,
      loads,
      deckOf(
        {
          thresholdKg: config.thresholdKg,
          maxKg: config.maxKg,
          minKg: config.minKg,
          zeroBandKg: config.zeroBandKg,
          staleAfterMs: config.staleAfterMs,
          stability: { ...defaultStabilityRule, holdMs: config.holdMs },
          commissioned: config.shows,
        },
        [config.id, ...sumIds].some((id) => loads.isRegistered(id)),
      ),
    );
    const alarm = alarmOnChange(config, parts.log);
    const onReading = (reading: FramedReading) => {
      alarm(reading.reading);
      deck.read(reading);
      for (const sum of sumsOf.get(config.id) ?? []) sum.update();
    };
    const scale = readScale(config, deck, onReading, openLine(config.line), parts);
    return { ...scale, serialNo: config.serialNo, ...sensed(positions.of(config.id)) };
  });
  const sums = sumDecks.map(({ id, of, positionSensors: _, serialNo, ...rule }): WatchedScale => {
    const members = read.filter((scale) => of.includes(scale.id));
    const deck = sumDeckOf(
      rule,
      members.map((scale) => scale.deck),
      loads.isRegistered(id),
    );
    for (const part of of) sumsOf.set(part, [...(sumsOf.get(part) ?? []), deck]);
    const health = () =>
      healthOfAll(members.map(({ id: part, reader }) => ({ id: part, health: reader.health() })));
    return {
      id,
      deck: followed(id, loads, deck),
      indicator: { model: 'sum-deck', options: {} },
      reader: { health },
      parts: members,
      serialNo,
      ...sensed(positions.of(id)),
    };
  });
  return { scales: read, sums };
}

const sensed = (sensors: PositionSensors | undefined) =>
  sensors === undefined ? {} : { position: sensors.position, positionSensors: sensors.view };

/** Raises an alarm once, when the indicator begins to show something else than it was commissioned to show. */
function alarmOnChange({ id, shows }: Config['scales'][number], log: Logger): (reading: Reading) => void {
  if (shows === undefined) return () => undefined;
  let changed = false;
  return (reading) => {
    const change = changeOf(reading, shows);
    if (change !== null && !changed) log.error({ scale: id, ...change }, 'indicator.changed');
    changed = change !== null;
  };
}

/** The deck, whose registered load is forgotten when it leaves. */
function followed<D extends Deck>(id: string, loads: RegisteredLoads, deck: D): D {
  deck.onRegisteredChange((registered) => {
    if (!registered) loads.clear(id);
  });
  return deck;
}

function readScale(
  { id, indicator: configured, maxKg, staleAfterMs, ask, alibi: dialect }: Config['scales'][number],
  deck: Deck,
  onReading: (reading: FramedReading) => void,
  open: OpenLine,
  { clock, random, log, signal }: WatchParts,
): ReadScale {
  const scaleLog = log.child({ room: 'line', scale: id });
  const indicator = dialect === undefined ? configured : withAlibi(configured, alibiDialects[dialect]);
  const events = keepLine(open, defaultKeepLineRule, { clock, random, log: scaleLog }, signal);
  const reader = readIndicator(events, indicator, onReading, { clock, log: scaleLog });
  const exchange = exchangeOver(reader, clock);
  const asking =
    indicator.enquiry === undefined
      ? null
      : askIndicator(exchange, reader.health, indicator.enquiry, ask, { clock, log: scaleLog }, signal);
  const scaleNow = () => {
    const { latest, stability } = deck.view();
    const isFresh = latest !== null && clock.monotonicMs() - latest.atMs <= staleAfterMs;
    return { reading: isFresh ? latest.reading : null, isStable: stability !== null, maxKg };
  };
  const { command } = indicatorCommander(indicator, reader, exchange, scaleNow, clock);
  const alibi =
    dialect === undefined
      ? undefined
      : alibiMemoryOf(alibiDialects[dialect], exchange, deck, { clock, log: scaleLog }, signal);
  const done = Promise.all([reader.done, asking?.done, alibi?.done]).then(() => undefined);
  return { id, deck, indicator, reader, command, done, alibi, alibiId: alibi?.alibiId };
}
