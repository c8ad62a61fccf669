import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { languageSchema } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { billDocumentOf } from './bill-document.ts';
import { documentDrawer } from './document-drawer.ts';
import { stored, testBill, testDeliveries } from './test-bill.ts';

const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const program = fileURLToPath(new URL('./draw-program.ts', import.meta.url));

test.each(languageSchema.options)(
  'in %s a bill is the same bytes whoever draws it, wherever and in whatever language the machine speaks',
  async (language) => {
    const document = billDocumentOf(stored(testBill()), testDeliveries(), language);
    const drawn = await documentDrawer().draw(document);
    const elsewhere = execFileSync(process.execPath, [program], {
      input: JSON.stringify(document),
      env: { ...process.env, TZ: 'Pacific/Auckland', LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8' },
      maxBuffer: 32 * 1024 * 1024,
    });
    expect(drawn.subarray(0, 5).toString()).toBe('%PDF-');
    expect(hashOf(elsewhere)).toBe(hashOf(drawn));
    expect(drawn.toString('latin1')).not.toMatch(/CreationDate|ModDate/);
  },
  60_000,
);

test('names that would be markup or a file elsewhere are drawn as the text they are', async () => {
  const bill = testBill();
  const name = '<img src="file:///etc/passwd">'.repeat(8);
  const document = billDocumentOf(stored({ ...bill, seller: { ...bill.seller, name } }), [], 'en');
  expect((await documentDrawer().draw(document)).toString('latin1')).not.toContain('root:');
});

test('what cannot be drawn is an error that says so, and the next document is drawn', async () => {
  const drawer = documentDrawer();
  const document = billDocumentOf(stored(testBill()), [], 'en');
  const { parties: _, ...broken } = document;
  await expect(drawer.draw(broken as typeof document)).rejects.toMatchObject({ code: 'drawing_failed' });
  expect((await drawer.draw(document)).length).toBeGreaterThan(1_000);
});
