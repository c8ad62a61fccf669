import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deviceTopic, everyDeviceTopic, hostStateTopic } from '@weighgate/protocol';
import { expect, test } from 'vitest';

const deployed = (file: string) =>
  readFileSync(fileURLToPath(new URL(`../../deploy/${file}`, import.meta.url)), 'utf8');

/** The text without its comments, and what stands in it between double quotes taken out. */
function bracketsOf(text: string, comment: string): string {
  const lines = text.split('\n').filter((line) => !line.trimStart().startsWith(comment));
  return lines
    .join('\n')
    .replaceAll(/"[^"\n]*"/g, '')
    .replaceAll(/[^{}[\]]/g, '');
}

function areClosed(brackets: string): boolean {
  const shorter = brackets.replaceAll(/\{\}|\[\]/g, '');
  return shorter === '' || (shorter !== brackets && areClosed(shorter));
}

// EMQX does not run here: that its files are read at all is all that can be seen of them.
test('the brackets of the files for EMQX close, and every rule of its ACL ends', () => {
  expect(areClosed(bracketsOf(deployed('emqx/emqx.conf'), '#'))).toBe(true);
  const acl = deployed('emqx/weighgate-acl.conf');
  expect(areClosed(bracketsOf(acl, '%%'))).toBe(true);
  const rules = acl.split('\n').filter((line) => line !== '' && !line.startsWith('%%'));
  for (const rule of rules) expect(rule).toMatch(/^\{(allow|deny), .*\}\.$/);
  expect(rules.at(-1)).toBe('{deny, all}.');
});

test('both brokers let a device reach its own topics of the protocol, and the cloud those of every device', () => {
  const [emqx, mosquitto] = [deployed('emqx/weighgate-acl.conf'), deployed('mosquitto/weighgate.acl')];
  for (const channel of ['up', 'down', 'state', 'live'] as const) {
    const own = deviceTopic('own', channel);
    const [verb, action] = channel === 'down' ? ['read', 'subscribe'] : ['write', 'publish'];
    expect(mosquitto).toContain(`pattern ${verb} ${own.replace('own', '%u')}\n`);
    const rule = emqx.split('\n').find((line) => line.includes(own.replace('own', '$'.concat('{username}'))));
    expect(rule).toMatch(action);
    expect(mosquitto).toContain(
      `topic ${channel === 'down' ? 'write' : 'read'} ${everyDeviceTopic(channel)}\n`,
    );
    expect(emqx).toContain(`"${everyDeviceTopic(channel)}"`);
  }
  expect(mosquitto).toContain(`pattern read ${hostStateTopic}\n`);
  expect(emqx).toContain(`{eq, "${hostStateTopic}"}`);
});

test('an EMQX that knows no rule for something refuses it and ends the connection', () => {
  const config = deployed('emqx/emqx.conf');
  for (const line of [
    'no_match = deny',
    'deny_action = disconnect',
    'max_packet_size = "256KB"',
    'verify = verify_peer',
    'fail_if_no_peer_cert = true',
    'peer_cert_as_clientid = "cn"',
  ]) {
    expect(config).toContain(line);
  }
});
