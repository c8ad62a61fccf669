import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { deviceStateSchema } from './device-state.ts';
import { genesisHash, walkChain } from './hash-chain.ts';
import { type JournalEntry, journalEntrySchema, readEntry } from './journal-entry.ts';
import { gramsOf } from './mass.ts';
import { downMessageSchema, hostStateSchema, readPayload, upMessageSchema } from './message.ts';
import { netOf } from './net-rule.ts';

const folder = new URL('../golden/', import.meta.url);
const samples = readdirSync(folder).map((file) => {
  const [, family, name] = /^(entry|up|down|state)\.([a-z_.]+)(?:-[a-z0-9.-]+)?\.json$/.exec(file) ?? [];
  return { file, family, name, bytes: readFileSync(new URL(file, folder)) };
});
const stateSchemas = { device: deviceStateSchema, host: hostStateSchema };

const expectedNames = {
  entry: journalEntrySchema.options.map(({ shape }) => shape.kind.value),
  up: upMessageSchema.options.map(({ shape }) => shape.type.value),
  down: downMessageSchema.options.map(({ shape }) => shape.type.value),
  state: Object.keys(stateSchemas),
};

function entriesOf(kind: JournalEntry['kind']): JournalEntry[] {
  return samples
    .filter(({ family, name }) => family === 'entry' && name === kind)
    .map(({ bytes }) => journalEntrySchema.parse(JSON.parse(bytes.toString())));
}

function readBatch() {
  const sample = samples.find(({ file }) => file === 'up.batch.json');
  const reading = readPayload(upMessageSchema, sample?.bytes ?? new Uint8Array());
  if (!reading.ok || reading.message.type !== 'batch') throw new Error('up.batch.json is not a batch');
  return reading.message;
}

describe('golden samples: what agents in the field send and expect', () => {
  test.each(samples)('$file reads as what its name says', ({ family, name, bytes }) => {
    if (family === 'entry') {
      expect(readEntry(bytes.toString())).toMatchObject({ kind: 'known', entry: { kind: name } });
    } else if (family === 'up') {
      expect(readPayload(upMessageSchema, bytes)).toMatchObject({ ok: true, message: { type: name } });
    } else if (family === 'down') {
      expect(readPayload(downMessageSchema, bytes)).toMatchObject({ ok: true, message: { type: name } });
    } else {
      expect(family).toBe('state');
      const schema = stateSchemas[name as keyof typeof stateSchemas];
      expect(readPayload<unknown>(schema, bytes)).toMatchObject({ ok: true });
    }
  });

  test.each(Object.entries(expectedNames))('every kind of %s has a sample', (family, names) => {
    const sampled = samples.filter((sample) => sample.family === family).map(({ name }) => name);
    expect(new Set(sampled)).toEqual(new Set(names));
  });

  test('the batch carries the entry samples byte for byte, chained from the genesis of its device', () => {
    const { device, incarnation, previousHash, rows } = readBatch();
    expect(previousHash).toBe(genesisHash(device, incarnation));
    const links = rows.map(({ seq, hash, entry }) => ({ seq, hash, entryText: entry }));
    const walk = walkChain(links, { seq: 0, hash: previousHash });
    expect(walk).toEqual({ kind: 'intact', entries: rows.length, headHash: rows.at(-1)?.hash });

    const entryTexts = new Set(rows.map(({ entry }) => entry));
    for (const { family, file, bytes } of samples.filter((sample) => sample.family === 'entry')) {
      expect(entryTexts.has(bytes.toString()), `${family} ${file} in the batch`).toBe(true);
    }
    for (const [index, { seq, entry }] of rows.entries()) {
      expect(seq).toBe(index + 1);
      expect(JSON.parse(entry)).toMatchObject({ device, incarnation, seq });
    }
  });

  test('every weight follows from its last frame: checksum, digits, kilograms', () => {
    const weights = samples
      .filter(({ family }) => family === 'entry')
      .map(({ bytes }) => journalEntrySchema.parse(JSON.parse(bytes.toString())))
      .flatMap((entry) => ('weight' in entry.body ? [entry.body.weight] : []));
    expect(weights).toHaveLength(11);
    for (const { grossG, indication, frames } of weights.flatMap((weight) => weight.parts ?? [weight])) {
      for (const { hex } of frames) {
        const frame = Buffer.from(hex, 'hex');
        expect(frame).toHaveLength(18);
        expect(frame.reduce((sum, byte) => sum + byte, 0) % 128).toBe(0);
        expect(frame.toString('latin1', 4, 10).trim()).toBe(indication.value);
      }
      expect(grossG).toBe(gramsOf(indication.value, indication.unit));
    }
  });

  test('the net of each closed session is what the rule gives, known and pending', () => {
    const outcomes = entriesOf('session.closed').map((entry) => {
      if (entry.kind !== 'session.closed') throw new Error('not a closed session');
      const { first, weight, containers, tares, net } = entry.body;
      const tareG = new Map(tares.map(({ container, tareG: grams }) => [container, grams]));
      expect(net).toEqual(netOf(first, { grossG: weight.grossG, containers }, tareG));
      return net;
    });
    expect(outcomes).toEqual([
      { kind: 'known', netG: 14_600_000, truckTareG: 9_640_000 },
      { kind: 'pending', waitingFor: ['X-9'] },
    ]);
  });
});
