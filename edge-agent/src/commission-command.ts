import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { type Clock, systemClock } from '@weighgate/protocol';
import { pino } from 'pino';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { type Config, type LineConfig, readConfig } from './config.ts';
import {
  type CommissionRule,
  commission,
  defaultCommissionRule,
  type Person,
} from './indicator/commissioning/commission.ts';
import type { CommissioningRecord } from './indicator/commissioning/commissioning-record.ts';
import { watchScale } from './indicator/commissioning/scale-watch.ts';
import { indicatorOf, modelNamed } from './indicator/models.ts';
import { defaultKeepLineRule } from './line/kept-line.ts';
import type { OpenLine } from './line/line.ts';
import { openLineOf } from './open-line.ts';
import { lockDataDir } from './store/lock.ts';
import { UsageError } from './usage-error.ts';

/** What a commissioning is handed from outside. */
export interface CommissionParts {
  input: Readable;
  output: Writable;
  clock: Clock;
  random: () => number;
  /** Of this process, for whoever else wants the folder. */
  processId: number;
  rule: CommissionRule;
  openLine: (line: LineConfig) => OpenLine;
}

/** The part of the file that says how an indicator is set, as a person wrote it. */
const writtenSchema = z.looseObject({
  scales: z.array(z.looseObject({ id: z.string(), indicator: z.looseObject({ model: z.string() }) })),
});

/** Whoever answered went away in the middle. */
class BrokenOffError extends Error {
  readonly code = 'broken_off';
  constructor() {
    super('The commissioning was broken off; nothing was written.');
    this.name = 'BrokenOffError';
  }
}

/** A person changes options so many times at most before it is plain that the model is wrong. */
const MAX_ROUNDS = 5;

/**
 * `commission`: proves a scale's settings with somebody at the scale. The agent must not be running.
 * @returns the exit code: 0 when everything is proven, 1 otherwise
 */
export function commissionCommand(args: string[], random: () => number): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { config: { type: 'string', default: 'edge.yaml' }, scale: { type: 'string' } },
  });
  return commissionScale(values.config, values.scale ?? null, {
    input: process.stdin,
    output: process.stdout,
    clock: systemClock,
    random,
    processId: process.pid,
    rule: defaultCommissionRule,
    openLine: openLineOf,
  });
}

/** @throws ConfigError, UsageError, StoreError while the agent is running */
export async function commissionScale(
  configFile: string,
  scaleId: string | null,
  { input, output, clock, random, processId, rule, openLine }: CommissionParts,
): Promise<number> {
  const config = readConfig(configFile);
  const scale = chosenScale(config, scaleId);
  // A running agent has the line, and would share its bytes with the commissioning.
  using _alone = existsSync(config.dataDir) ? lockDataDir(config.dataDir, processId) : null;
  const written = writtenSchema.parse(parse(readFileSync(configFile, 'utf8')));
  const { model: name = '', ...given } = written.scales.find(({ id }) => id === scale.id)?.indicator ?? {};
  const model = modelNamed(String(name));
  if (model === undefined) throw new UsageError(`There is no model ${String(name)}.`);
  const { stripParity, ...modelOptions } = given as Record<string, unknown>;
  const connection = stripParity === undefined ? {} : { stripParity };

  using terminal = personAt(input, output);
  const { person } = terminal;
  person.say(`Commissioning of scale ${scale.id}: ${model.name} (${model.usedBy}).`);
  person.say('Nothing is taken on trust: what cannot be seen is written down as not observed.');
  let options: Record<string, unknown> = modelOptions;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const indicator = indicatorOf({
      ...options,
      model: model.name,
      ...connection,
    });
    const rules = { keep: defaultKeepLineRule, ask: scale.ask, staleAfterMs: scale.staleAfterMs };
    const log = pino({ level: 'silent' });
    await using watch = watchScale(openLine(scale.line), indicator, rules, { clock, random, log });
    const { site, device } = config;
    const result = await commission(
      { site, device, id: scale.id, line: scale.line, model, options },
      watch,
      person,
      rule,
      clock,
    );
    if (result.kind === 'recorded') return finish(config, scale, connection, result.record, person);
    options = result.options;
    person.say('Once more from the beginning, with the other options.');
  }
  person.say('No options of this model fit this scale. Run detect, and look at the model again.');
  return 1;
}

function chosenScale({ scales }: Config, scaleId: string | null): Config['scales'][number] {
  const known = scales.map(({ id }) => id).join(', ');
  if (scaleId === null && scales.length > 1) throw new UsageError(`Say which scale: --scale ${known}`);
  const scale = scales.find(({ id }) => id === (scaleId ?? scales[0]?.id));
  if (scale === undefined) throw new UsageError(`There is no scale ${scaleId}. Scales: ${known}.`);
  return scale;
}

/** Writes the record and the configuration of the scale, and says what is open. */
function finish(
  { dataDir }: Config,
  { id, line, thresholdKg, maxKg, staleAfterMs, holdMs, ask }: Config['scales'][number],
  connection: { stripParity?: unknown },
  record: CommissioningRecord,
  person: Person,
): number {
  const folder = join(dataDir, 'commissioning');
  mkdirSync(folder, { recursive: true });
  const stem = join(folder, `${id}-${record.endedAt.replaceAll(':', '-')}`);
  const { model, options } = record.indicator;
  const fragment = {
    scales: [
      {
        id,
        line,
        indicator: { model, ...connection, ...options },
        ask,
        thresholdKg,
        maxKg,
        staleAfterMs,
        holdMs,
      },
    ],
  };
  // `wx`: a record is never written over.
  writeFileSync(`${stem}.json`, `${JSON.stringify(record, null, 2)}\n`, { flag: 'wx' });
  writeFileSync(`${stem}.yaml`, stringify(fragment), { flag: 'wx' });
  person.say(`Record: ${stem}.json`);
  person.say(`Configuration of this scale: ${stem}.yaml. Put it into the agent's configuration.`);
  for (const remark of record.remarks) person.say(`Note: ${remark}`);
  if (record.verdict === 'proven') {
    person.say('Proven by what was seen.');
    return 0;
  }
  person.say('NOT proven. Open:');
  for (const matter of record.open) person.say(`- ${matter}`);
  return 1;
}

/** A person at a terminal. Whoever ends the input ends the commissioning. */
function personAt(input: Readable, output: Writable): { person: Person } & Disposable {
  const terminal = createInterface({ input, output });
  const gone = new AbortController();
  terminal.once('close', () => gone.abort(new BrokenOffError()));
  return {
    person: {
      say: (line) => void output.write(`${line}\n`),
      gone: gone.signal,
      ask: async (question) => {
        gone.signal.throwIfAborted();
        try {
          return (await terminal.question(question, { signal: gone.signal })).trim();
        } catch (error) {
          gone.signal.throwIfAborted();
          throw error;
        }
      },
    },
    [Symbol.dispose]: () => terminal.close(),
  };
}
