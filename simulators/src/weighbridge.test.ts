import { expect, test } from 'vitest';
import { seededRandom } from './random.ts';
import { virtualClock } from './virtual-clock.ts';
import { startWeighbridge, type WeighbridgeOptions } from './weighbridge.ts';

/** A weighbridge on virtual time that keeps every frame as text. */
function observed(options: Partial<WeighbridgeOptions> = {}, seed = 1) {
  const clock = virtualClock();
  const weighbridge = startWeighbridge({ clock, random: seededRandom(seed), ...options });
  const frames: string[] = [];
  weighbridge.attach((frame) => frames.push(Buffer.from(frame).toString('latin1')));
  return { clock, weighbridge, frames };
}

const weightOf = (frame: string | undefined) => Number(frame?.slice(4, 10));
const movingIn = (frame: string | undefined) => ((frame?.charCodeAt(2) ?? 0) & 0x08) !== 0;

test('a truck drives on, is shown with its mass when it stands still, and leaves an empty deck', async () => {
  const { clock, weighbridge, frames } = observed();
  await using _ = weighbridge;
  const on = weighbridge.driveOn(23_480, 4);
  await clock.advance(10_000);
  await on;
  expect(Math.abs(weightOf(frames.at(-1)) - 23_480)).toBeLessThanOrEqual(20);
  expect(movingIn(frames.at(-1))).toBe(false);
  expect(Math.abs(weighbridge.loadKg() - 23_480)).toBeLessThan(20);

  const off = weighbridge.driveOff();
  await clock.advance(10_000);
  await off;
  expect(weightOf(frames.at(-1))).toBe(0);
  expect(movingIn(frames.at(-1))).toBe(false);
});

test('while the truck rolls on and sways, no frame with half its mass or more says it stands still', async () => {
  const { clock, weighbridge, frames } = observed();
  await using _ = weighbridge;
  const on = weighbridge.driveOn(30_000, 5);
  await clock.advance(12_000);
  await on;
  const still = frames.filter((frame) => !movingIn(frame) && weightOf(frame) > 15_000).map(weightOf);
  expect(still.length).toBeGreaterThan(0);
  for (const weightKg of still) expect(Math.abs(weightKg - 30_000)).toBeLessThanOrEqual(20);
});

test('the same seed sends the same bytes, another seed others', async () => {
  const framesOf = async (seed: number) => {
    const { clock, weighbridge, frames } = observed({}, seed);
    await using _ = weighbridge;
    const on = weighbridge.driveOn(18_000);
    await clock.advance(8000);
    await on;
    return frames;
  };
  expect(await framesOf(3)).toEqual(await framesOf(3));
  expect(await framesOf(3)).not.toEqual(await framesOf(4));
});

test('frames come at their rate, whatever the speed of the truck', async () => {
  for (const speed of [1, 20]) {
    const { clock, weighbridge, frames } = observed({ speed, frameRateHz: 20 });
    await using _ = weighbridge;
    await clock.advance(5000);
    expect(frames).toHaveLength(100);
  }
});

test('at speed 20 a truck is on, settled and standing still within a second of the clock', async () => {
  const { clock, weighbridge, frames } = observed({ speed: 20 });
  await using _ = weighbridge;
  const on = weighbridge.driveOn(23_480, 4);
  await clock.advance(1000);
  await on;
  expect(Math.abs(weightOf(frames.at(-1)) - 23_480)).toBeLessThanOrEqual(20);
  expect(movingIn(frames.at(-1))).toBe(false);
});

test('there is room for one truck on the deck', async () => {
  const { clock, weighbridge } = observed();
  await using _ = weighbridge;
  await expect(weighbridge.driveOff()).rejects.toThrow('no truck stands on the deck');
  const on = weighbridge.driveOn(20_000);
  await expect(weighbridge.driveOn(21_000)).rejects.toThrow('a truck is on the deck already');
  await expect(weighbridge.driveOff()).rejects.toThrow('no truck stands on the deck');
  await clock.advance(10_000);
  await on;
});

test('a line that is detached hears nothing more; the others go on', async () => {
  const { clock, weighbridge, frames } = observed();
  await using _ = weighbridge;
  let heard = 0;
  const detach = weighbridge.attach(() => {
    heard += 1;
  });
  await clock.advance(1000);
  detach();
  await clock.advance(1000);
  expect(heard).toBe(20);
  expect(frames).toHaveLength(40);
});

test('the tare key works through the weighbridge', async () => {
  const { clock, weighbridge, frames } = observed();
  await using _ = weighbridge;
  const on = weighbridge.driveOn(9000, 2);
  await clock.advance(10_000);
  await on;
  expect(weighbridge.press('tare')).toBe('done');
  await clock.advance(100);
  expect(weightOf(frames.at(-1))).toBeLessThanOrEqual(20);
  expect((frames.at(-1)?.charCodeAt(2) ?? 0) & 0x01).toBe(1);
});

test('a closed weighbridge is silent, and a truck still rolling on is told', async () => {
  const { clock, weighbridge, frames } = observed();
  const on = weighbridge.driveOn(20_000);
  await clock.advance(500);
  const told = expect(on).rejects.toThrow();
  await weighbridge[Symbol.asyncDispose]();
  await told;
  const sent = frames.length;
  await clock.advance(1000);
  expect(frames).toHaveLength(sent);
});
