import { expect, test } from 'vitest';
import { readSimOptions } from './sim-options.ts';

const readWords = (words: string) => readSimOptions(words.split(' '));

test('a model and a port are enough', () => {
  expect(readWords('--model mt-sics --port 4001')).toMatchObject({
    kind: 'run',
    options: {
      speech: { sending: 'demand', options: {} },
      line: { kind: 'tcp', host: '127.0.0.1', port: 4001 },
      indicator: { unit: 'kg', decimals: 0, interval: 20, max: 60_000 },
      loadKg: undefined,
    },
  });
});

test('options of the protocol are words, numbers or yes and no, as the protocol has them', () => {
  const optionsOf = (words: string) => {
    const read = readWords(words);
    return read.kind === 'run' ? read.options.speech.options : read;
  };
  expect(optionsOf('--model st-gs-csv --port 0 --option dialect=dini --option address=01')).toEqual({
    dialect: 'dini',
    address: '01',
  });
  expect(optionsOf('--model laumas-modbus --port 0 --option unitId=9 --option framing=tcp')).toEqual({
    unitId: 9,
    framing: 'tcp',
  });
  expect(optionsOf('--model yaohua-command --port 0 --option echo=true')).toEqual({ echo: true });
});

test('faults are named with their chance', () => {
  expect(
    readWords('--model sma --pty /tmp/x --fault 7e1-as-8n1=1 --fault point-change=0.01 --fault unplug=0.1'),
  ).toMatchObject({
    kind: 'run',
    options: {
      line: { kind: 'pty', directory: '/tmp/x' },
      faults: {
        lineFaults: { parityAsData: 1 },
        indicationFaults: { pointChange: 0.01 },
        unplugPerSecond: 0.1,
        replugPerSecond: 0.3,
        words: ['7e1-as-8n1 1', 'point-change 0.01', 'unplug 0.1'],
      },
    },
  });
});

test.each([
  ['--port 4001', 'Say which protocol with --model; --list shows them.'],
  ['--model mt-sics', 'Say where with --port N, or with --pty DIR.'],
  ['--model mt-sisc --port 1', 'There is no protocol "mt-sisc"; --list shows them.'],
  ['--model sma --port 1 --pty x', '--port or --pty, not both.'],
  ['--model sma --port 70000', '--port must be a whole number from 0 to 65535, not "70000".'],
  ['--model sma --port 1 --fault flop=1', /^There is no fault "flop". Faults: split, /],
  ['--model sma --port 1 --fault flip=2', '--fault flip must be a number from 0 to 1, not "2".'],
  ['--model sma --port 1 --option custom', '--option is written NAME=VALUE, not "custom".'],
  ['--model sma --port 1 --option colour=red', 'There is no option "colour" here. Options: custom.'],
  [
    '--model cas-10 --port 1 --option colour=red',
    'There is no option "colour" here. This protocol has none.',
  ],
  ['--model sma --port 1 --option custom=G', /^--option custom: /],
  ['--model sma --port 1 --interval 30', '--interval is 1, 2 or 5 and zeros, not 30.'],
  ['--model sma --port 1 --unit st', '--unit is kg or lb, not "st".'],
  ['--model sma --port 1 --sending often', '--sending is continuous or demand, not "often".'],
  ['--model sma --port 1 --nonsense', /nonsense/],
])('%s is refused in words', (words, message) => {
  expect(readWords(words)).toEqual({ kind: 'wrong', message: expect.stringMatching(message) });
});

test('help and the list of protocols need nothing else', () => {
  expect(readWords('--help')).toEqual({ kind: 'help' });
  expect(readWords('--list')).toEqual({ kind: 'list' });
});
