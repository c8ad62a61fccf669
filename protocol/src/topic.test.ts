import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Channel, deviceTopic, everyDeviceTopic, hostStateTopic, parseDeviceTopic } from './topic.ts';

const channel = fc.constantFrom<Channel>('up', 'down', 'state', 'live');

test('a topic built from a device and a channel names that device and channel', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,62}$/), channel, (device, name) => {
      expect(parseDeviceTopic(deviceTopic(device, name))).toEqual({ device, channel: name });
    }),
  );
  expect(deviceTopic('demo-1', 'up')).toBe('wg/v1/d/demo-1/up');
});

describe('a name that would speak for other devices or break the topic', () => {
  test.each([
    '+',
    '#',
    '/',
    '',
    'a/b',
    'a+',
    'a#',
    '..',
    'דגם',
    'é',
    'A',
    '$share',
    'a\0',
    'a\n',
    'a'.repeat(64),
  ])('%j is neither built nor read', (device) => {
    expect(() => deviceTopic(device, 'up')).toThrow(/must be 1 to 63 characters/);
    expect(parseDeviceTopic(`wg/v1/d/${device}/up`)).toBeUndefined();
  });
});

test.each([
  'wg/v1/d/demo-1',
  'wg/v1/d/demo-1/',
  'wg/v1/d/demo-1/other',
  'wg/v1/d/demo-1/up/',
  'wg/v1/d/demo-1/up/more',
  'wg/v1/d/demo-1/up\n',
  '/wg/v1/d/demo-1/up',
  'wg/v2/d/demo-1/up',
  'wg/v1/d//up',
  hostStateTopic,
  everyDeviceTopic('up'),
  '',
])('%j names no device', (topic) => {
  expect(parseDeviceTopic(topic)).toBeUndefined();
});

test('any text is read without a throw, and what is read builds the same topic', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `wg/v1/d/${text}`),
      ),
      (topic) => {
        const parsed = parseDeviceTopic(topic);
        if (parsed !== undefined) expect(deviceTopic(parsed.device, parsed.channel)).toBe(topic);
      },
    ),
  );
});
