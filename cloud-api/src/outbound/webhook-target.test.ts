import { expect, test } from 'vitest';
import { webhookTargetOf } from './webhook-target.ts';

const names: Readonly<Record<string, readonly string[]>> = {
  'hooks.example.com': ['93.184.215.14'],
  'localtest.me': ['127.0.0.1'],
  'both.example.com': ['93.184.215.14', '10.0.0.7'],
  'six.example.com': ['::ffff:10.0.0.7'],
  'nat64.example.com': ['64:ff9b::a9fe:a9fe'],
  'metadata.google.internal': ['169.254.169.254'],
  'nothing.example.com': [],
};
const resolve = async (name: string) => names[name] ?? [];
const targetOf = (url: string, allowed: string[] = []) => webhookTargetOf(url, { resolve, allowed });

test.each([
  'http://127.0.0.1/',
  'https://127.0.0.1/',
  'https://127.1/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0177.0.0.1/',
  'https://0/',
  'https://0.0.0.0/',
  'https://[::1]/',
  'https://[::]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://[64:ff9b::7f00:1]/',
  'https://[fe80::1]/',
  'https://[fd00:ec2::254]/',
  'https://169.254.169.254/latest/meta-data/',
  'https://10.0.0.1/',
  'https://localhost/',
  'https://LOCALHOST./',
  'https://foo.localhost/',
  'https://printer.local/',
  'https://intranet/',
  'https://localtest.me/',
  'https://both.example.com/',
  'https://six.example.com/',
  'https://nat64.example.com/',
  'https://metadata.google.internal/',
  'https://nothing.example.com/',
  'https://unknown.example.com/',
  'https://１２７.０.０.１/',
  'https://①②⑦.0.0.1/',
  'http://hooks.example.com/',
  'https://hooks.example.com:22/',
  'https://hooks.example.com:25/',
  'https://hooks.example.com:6379/',
  'https://name:word@hooks.example.com/',
  'https://hooks.example.com/#part',
  'https://hooks.example.com@127.0.0.1/',
  'https:\\\\127.0.0.1\\',
  'file:///etc/passwd',
  'gopher://hooks.example.com/',
  'ftp://hooks.example.com/',
  'data:text/plain,x',
  'javascript:alert(1)',
  '//hooks.example.com/',
  '',
  `https://hooks.example.com/${'a'.repeat(2000)}`,
])('%s is refused', async (url) => {
  expect((await targetOf(url)).kind).toBe('refused');
});

test.each([
  'https://hooks.example.com/weighgate?a=1',
  'https://hooks.example.com:8443/',
  'https://HOOKS.example.com./',
])('%s may be called, at the address its name stood for when it was asked', async (url) => {
  expect(await targetOf(url)).toMatchObject({ kind: 'target', address: '93.184.215.14' });
});

test('an allowed address may be called over plain HTTP at its own port, and nothing else beside it', async () => {
  const allowed = ['127.0.0.1:9000'];
  expect(await targetOf('http://127.0.0.1:9000/hook', allowed)).toMatchObject({ kind: 'target' });
  for (const url of [
    'http://127.0.0.1:9001/',
    'http://127.0.0.2:9000/',
    'http://hooks.example.com/',
    'https://hooks.example.com:9000/',
  ]) {
    expect((await targetOf(url, allowed)).kind, url).toBe('refused');
  }
});
