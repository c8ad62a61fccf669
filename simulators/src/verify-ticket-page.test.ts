import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type TicketClaim, ticketPayloadOf } from '@weighgate/protocol';
import { chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { pathOf } from './component-path.ts';
import { testRequiring } from './required-component.ts';

const file = pathToFileURL(join(import.meta.dirname, '../../edge-agent/kiosk/verify-ticket.html')).href;
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const key = String(publicKey.export({ format: 'jwk' }).x);
const otherKey = String(generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x);
const claim: TicketClaim = {
  ticketNo: 'DEMO-4f2a-000017',
  weighedAt: '2026-10-05T07:18:31.902Z',
  grossG: 24_860_000,
  tareG: 10_260_000,
  netG: 14_600_000,
  hashPrefix: 'a1b2c3d4e5',
};
const signText = (text: string) => sign(null, Buffer.from(text), privateKey).toString('base64url');
const payload = ticketPayloadOf(claim, signText);

/** The page in a browser that has no network; `requests` are those it tried beside its own file. */
async function openPage(work: (page: Page, requests: string[]) => Promise<void>): Promise<void> {
  const executablePath = pathOf('chromium');
  if (executablePath === undefined) throw new Error('there is no chromium');
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const context = await browser.newContext({ offline: true, viewport: { width: 700, height: 900 } });
    const page = await context.newPage();
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    await work(page, requests);
  } finally {
    await browser.close();
  }
}

async function check(page: Page, text: string, withKey: string): Promise<string | null> {
  await page.fill('#payload', text);
  await page.fill('#key', withKey);
  await page.click('#check');
  return page.locator('#verdict').textContent();
}

/** Kept for whoever wants to look at the page. */
async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env.PICTURES;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `verify-ticket-${name}.png`) });
}

testRequiring('chromium')(
  'the page verifies what the device signed and nothing else, without a network',
  () =>
    openPage(async (page, requests) => {
      await page.goto(file);
      expect(await check(page, payload, key)).toBe('VERIFIED: the weighbridge signed this.');
      expect(await page.locator('dd').allTextContents()).toEqual([
        'DEMO-4f2a-000017',
        '2026-10-05T07:18:31.902Z',
        '24860 kg',
        '10260 kg',
        '14600 kg',
        'a1b2c3d4e5',
      ]);
      await keepPicture(page, 'en');
      expect(await check(page, payload, otherKey)).toMatch(/^NOT VERIFIED/);
      expect(await page.locator('dd').count()).toBe(0);
      expect(await check(page, payload.replace('14600000', '14700000'), key)).toMatch(/^NOT VERIFIED/);
      expect(await check(page, payload.slice(0, -1), key)).toMatch(/not the QR code/);
      expect(await check(page, payload, 'key')).toMatch(/not a public key/);
      expect(await page.locator('dd').count()).toBe(0);
      const pending = ticketPayloadOf({ ...claim, tareG: null, netG: null }, signText);
      expect(await check(page, `QR-Code:${pending}\n`, key)).toMatch(/^VERIFIED/);
      expect(await page.locator('dd').nth(4).textContent()).toBe('not known yet');
      expect(requests).toEqual([file]);
    }),
  30_000,
);

testRequiring('chromium')(
  'in Hebrew and Arabic the page runs from right to left and its numbers do not',
  () =>
    openPage(async (page) => {
      await page.goto(`${file}#key=${key}&language=he`);
      expect(await page.inputValue('#key')).toBe(key);
      expect(await check(page, payload, key)).toBe('מאומת: גשר השקילה חתם על זה.');
      expect(await page.locator('html').getAttribute('dir')).toBe('rtl');
      const [label, value] = await Promise.all(
        ['dt', 'dd bdi'].map((one) => page.locator(one).nth(4).boundingBox()),
      );
      expect(label?.x).toBeGreaterThan(value?.x ?? Number.POSITIVE_INFINITY);
      await keepPicture(page, 'he');
      await page.click('[data-language=ar]');
      expect(await page.locator('#verdict').textContent()).toMatch(/^موثق/);
      await keepPicture(page, 'ar');
    }),
  30_000,
);
