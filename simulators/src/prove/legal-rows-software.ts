import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { releaseClaimOf } from '@weighgate/edge-agent/src/software-release.ts';
import { isRefused, type LegalRow, lastWeighing } from './legal-row.ts';

/** Rows on the software itself, and on what is asked of it that it does not do. */
export const softwareRows: readonly LegalRow[] = [
  {
    ids: ['LM-53', 'LM-62'],
    claim:
      'nothing undocumented is accepted, and the log has it; no way leads to changing or deleting a weighing, for nobody',
    async try(at) {
      const { sessionId } = lastWeighing(at).body;
      const before = at.entries().length;
      for (const token of [undefined, await at.signIn('Dana')])
        for (const method of ['PUT', 'PATCH', 'DELETE'])
          assert.equal((await at.ask(method, `/session/${sessionId}`, {}, token)).status, 404);
      const undocumented = { direction: 'in', truck: 'L-9', grossKg: 1 };
      assert.equal((await at.ask('POST', '/weight', undocumented)).status, 422);
      assert.equal(at.entries().length, before);
      const logDir = join(at.dataDir, '..', 'logs');
      const log = readdirSync(logDir).map((file) => readFileSync(join(logDir, file), 'utf8'));
      for (const method of ['PUT', 'PATCH', 'DELETE', 'POST']) {
        const said = log
          .join('\n')
          .split('\n')
          .filter((line) => line.includes('command.not_accepted'));
        assert(
          said.some((line) => line.includes(`"${method}"`)),
          `the log lacks ${method}`,
        );
      }
    },
  },
  {
    ids: ['LM-59', 'LM-60'],
    claim:
      'the software compares its own digest with a signed release at the start, and weighs only when it is that one; which one runs is a sealed parameter',
    async try(at) {
      const { json } = await at.ask('GET', '/identification');
      const { version, modulesSha256, softwareId } = json as Record<string, string>;
      assert(version !== undefined && modulesSha256 !== undefined && softwareId !== undefined);
      const recorded = at.entries().find((entry) => entry.kind === 'parameters.recorded');
      assert(recorded?.kind === 'parameters.recorded');
      const running = recorded.body.parameters.find(({ parameter }) => parameter === 'site.softwareId');
      assert.equal(running?.value, JSON.stringify(softwareId));

      const releaseFile = join(at.dataDir, '..', 'release.json');
      const { privateKey, publicKey } = generateKeyPairSync('ed25519');
      const software = { releaseFile, releaseKey: publicKey.export({ format: 'jwk' }).x };
      const signed = (digest: string) => {
        const claim = releaseClaimOf({ version, modulesSha256: digest });
        const signature = sign(null, Buffer.from(claim), privateKey).toString('base64url');
        writeFileSync(releaseFile, JSON.stringify({ version, modulesSha256: digest, signature }));
      };
      signed('0'.repeat(64));
      await at.restart({ site: { software } });
      isRefused(await at.drive(9000, { direction: 'none', truck: 'S-1' }), 'software-unverified');
      signed(modulesSha256);
      await at.restart({ site: { software } });
      const weighed = await at.drive(9000, { direction: 'none', truck: 'S-1' });
      assert.equal(weighed.status, 200, weighed.text);
    },
  },
];
