import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { isSigned } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { deviceKeyPath, openDeviceKey, readPublicKey } from './device-key.ts';
import { storeFolder } from './store-folder.ts';

test('the key is made once, for this user alone, and signs so that others can check', () => {
  using folder = storeFolder();
  const key = openDeviceKey(folder.dataDir);
  expect(statSync(deviceKeyPath(folder.dataDir)).mode & 0o777).toBe(0o600);
  const signature = key.sign('a claim');
  expect(isSigned('a claim', signature, key.publicKey)).toBe(true);
  expect(isSigned('another claim', signature, key.publicKey)).toBe(false);

  const text = readFileSync(deviceKeyPath(folder.dataDir), 'utf8');
  expect(openDeviceKey(folder.dataDir).publicKey).toBe(key.publicKey);
  expect(readPublicKey(folder.dataDir)).toBe(key.publicKey);
  expect(readFileSync(deviceKeyPath(folder.dataDir), 'utf8')).toBe(text);
});

test('a signature has one spelling, and another key did not make it', () => {
  using folder = storeFolder();
  using other = storeFolder();
  const key = openDeviceKey(folder.dataDir);
  const signature = key.sign('a claim');
  expect(isSigned('a claim', signature, openDeviceKey(other.dataDir).publicKey)).toBe(false);
  const last = signature.at(-1) ?? '';
  const spellings = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].filter((letter) =>
    isSigned('a claim', signature.slice(0, -1) + letter, key.publicKey),
  );
  expect(spellings).toEqual([last]);
});

test('a damaged key file is not replaced by a new key, and a folder without one has none to read', () => {
  using folder = storeFolder();
  expect(() => readPublicKey(folder.dataDir)).toThrow(/--public-key/);
  writeFileSync(deviceKeyPath(folder.dataDir), 'no key');
  expect(() => openDeviceKey(folder.dataDir)).toThrow(expect.objectContaining({ code: 'store_unusable' }));
  expect(readFileSync(deviceKeyPath(folder.dataDir), 'utf8')).toBe('no key');
});
