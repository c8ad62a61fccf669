import { expect, test } from 'vitest';
import { demoUsage, readDemoOptions } from './demo-options.ts';

const read = (...args: string[]) => readDemoOptions(args, '/plant');

test('without options it is the usual plant, on the usual ports, for ever', () => {
  expect(read()).toEqual({
    kind: 'run',
    options: {
      once: false,
      json: false,
      serial: false,
      speed: 1,
      seed: 1,
      dataDir: '/plant',
      cloudPort: 8480,
      edgePort: 8490,
      mqttPort: 8483,
      enrolPort: 8484,
      scalePort: 8491,
    },
  });
});

test('every option in the usage is understood', () => {
  const options = [...demoUsage.matchAll(/^ {2}(--[a-z-]+)( N| DIR)?/gm)];
  expect(options.length).toBe(11);
  for (const [index, [, option = '', value]] of options.entries()) {
    const args = value === undefined ? ['--once', option] : [option, String(50 + index)];
    expect(read(...args)).toMatchObject({ kind: 'run' });
  }
  expect(read('--help')).toEqual({ kind: 'help' });
});

test.each([
  [['--speed', '0.05'], '--speed must be a number from 0.1 to 100, not "0.05".'],
  [['--speed', '1e2'], '--speed must be a number from 0.1 to 100, not "1e2".'],
  [['--mqtt-port', '-1'], /--mqtt-port/],
  [['--scale-port', '65536'], '--scale-port must be a whole number from 0 to 65535, not "65536".'],
  [['--seed', ''], '--seed must be a whole number from 0 to 2147483647, not "".'],
  [['--json'], '--json goes with --once.'],
  [['--once', 'truck'], /truck/],
  [['--clouds-port', '1'], /--clouds-port/],
])('%j is refused in words', (args, message) => {
  expect(read(...args)).toEqual({
    kind: 'wrong',
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  });
});

test('one port for two things is refused; any free port may be asked for as often as one likes', () => {
  expect(read('--cloud-port', '8490')).toEqual({
    kind: 'wrong',
    message: '--cloud-port and --edge-port are the same port. Choose different ones, or 0 for any free one.',
  });
  expect(read('--cloud-port', '0', '--edge-port', '0')).toMatchObject({ kind: 'run' });
});
