import { expect, test } from 'vitest';
import { isHostName, isKeptName, isLiveName } from '../fleet/host-name.ts';
import { mayHear, mayPublish, maySubscribe } from './broker-rules.ts';

test('names of the cloud and its replicas are kept for it', () => {
  for (const name of ['cloud', 'cloud-2', 'cloud-13']) expect(isHostName(name), name).toBe(true);
  for (const name of ['cloudy', 'cloud-', 'cloud-gate', 'my-cloud', 'Cloud'])
    expect(isHostName(name)).toBe(false);
});

test('names of the ears for live weight are kept for the cloud too, and are no names of an inbox', () => {
  for (const name of ['cloud-live', 'cloud-2-live', 'cloud-13-live']) {
    expect([isLiveName(name), isKeptName(name), isHostName(name)], name).toEqual([true, true, false]);
  }
  for (const name of ['cloud--live', 'cloud-live-2', 'my-cloud-live', 'gate-live']) {
    expect(isKeptName(name), name).toBe(false);
  }
});

test('the ear for live weight hears live weight and nothing else, and says nothing', () => {
  const others = ['up', 'down', 'state'].map((channel) => `wg/v1/d/gate-1/${channel}`);
  for (const name of ['cloud-live', 'cloud-2-live']) {
    expect(maySubscribe(name, 'wg/v1/d/+/live')).toBe(true);
    expect(mayHear(name, 'wg/v1/d/gate-1/live')).toBe(true);
    for (const filter of [
      '#',
      'wg/v1/d/+/up',
      'wg/v1/d/+/state',
      `wg/v1/d/${name}/down`,
      'wg/v1/host/state',
    ]) {
      expect(maySubscribe(name, filter), filter).toBe(false);
    }
    for (const topic of [...others, `wg/v1/d/${name}/down`, 'wg/v1/host/state']) {
      expect(mayHear(name, topic), topic).toBe(false);
    }
    for (const topic of [...others, 'wg/v1/d/gate-1/live', `wg/v1/d/${name}/up`, `wg/v1/d/${name}/live`]) {
      expect(mayPublish(name, topic, false), topic).toBe(false);
    }
    expect(mayPublish(name, `wg/v1/d/${name}/state`, true)).toBe(false);
    expect(mayPublish(name, 'wg/v1/host/state', true)).toBe(false);
  }
});

test('whatever it is subscribed to, a device is handed its own downlink and the presence of the host only', () => {
  expect(mayHear('gate-1', 'wg/v1/d/gate-1/down')).toBe(true);
  expect(mayHear('gate-1', 'wg/v1/host/state')).toBe(true);
  for (const topic of ['wg/v1/d/gate-2/down', 'wg/v1/d/gate-2/up', 'wg/v1/d/gate-1/up', '$SYS/x', 'x']) {
    expect(mayHear('gate-1', topic), topic).toBe(false);
  }
  expect(mayHear('cloud-2', 'wg/v1/d/gate-2/up')).toBe(true);
  expect(mayHear('cloud', 'wg/v1/d/gate-2/down')).toBe(false);
  expect(mayHear('cloud', 'wg/v1/d/gate-2/live')).toBe(false);
});

test('a device publishes on its own topics only, and keeps nothing but its presence on the broker', () => {
  expect(mayPublish('gate-1', 'wg/v1/d/gate-1/up', false)).toBe(true);
  expect(mayPublish('gate-1', 'wg/v1/d/gate-1/state', true)).toBe(true);
  expect(mayPublish('gate-1', 'wg/v1/d/gate-1/up', true)).toBe(false);
  expect(mayPublish('gate-1', 'wg/v1/d/gate-1/down', false)).toBe(false);
  expect(mayPublish('gate-1', 'wg/v1/d/gate-2/up', false)).toBe(false);
  expect(mayPublish('gate-1', 'wg/v1/host/state', true)).toBe(false);
  expect(mayPublish('gate-1', '$SYS/any', false)).toBe(false);
});

test('a device hears its own downlink and the presence of the host, and nothing of others', () => {
  expect(maySubscribe('gate-1', 'wg/v1/d/gate-1/down')).toBe(true);
  expect(maySubscribe('gate-1', 'wg/v1/host/state')).toBe(true);
  for (const filter of ['#', '+/#', 'wg/v1/d/+/down', 'wg/v1/d/gate-2/down', 'wg/v1/d/gate-1/up', '$SYS/#']) {
    expect(maySubscribe('gate-1', filter), filter).toBe(false);
  }
});

test('the cloud hears every device and answers each', () => {
  expect(maySubscribe('cloud', 'wg/v1/d/+/up')).toBe(true);
  expect(maySubscribe('cloud', '#')).toBe(false);
  expect(maySubscribe('cloud', 'wg/v1/d/+/live')).toBe(false);
  expect(mayPublish('cloud', 'wg/v1/d/gate-1/down', false)).toBe(true);
  expect(mayPublish('cloud', 'wg/v1/host/state', true)).toBe(true);
  expect(mayPublish('cloud', 'wg/v1/d/gate-1/up', false)).toBe(false);
});
