import type { Confirmation } from '../../bindings/Confirmation';
import type { Settings } from '../../bindings/Settings';
import { oneLine } from '../../civic';
import { DESK, HOME } from './directory';

const MINUTE = 60_000;

/** What this person confirmed, latest first. */
export function history(now: number): Confirmation[] {
  const one = (minutes: number, revision: number, over: Partial<Confirmation>): Confirmation => ({
    at: now - minutes * MINUTE, revision, address: null, instead: null, basis: 'manual',
    registered_at: now - minutes * MINUTE + 4_000, refused_at: null, matched: null, ...over,
  });
  return [
    one(12, 9, { address: oneLine(DESK), basis: 'confirmed_here_before', matched: true }),
    one(95, 8, { address: oneLine(HOME), registered_at: null }),
    one(1500, 7, { address: '9 Nowhere Road, Golden CO 80401', registered_at: null, refused_at: now - 1499 * MINUTE }),
    one(2900, 6, { instead: 'no_fixed_address' }),
    one(4400, 5, { address: oneLine(DESK), basis: 'network_map', matched: false }),
    one(9000, 4, { instead: 'withdrawn', basis: null }),
    one(600_000, 3, { instead: 'erased' }),
  ];
}

/** How the demo is set up. */
export function settings(enrolled: boolean): Settings {
  return {
    enrolled: enrolled
      ? { organisation: 'Blake Street Answering Service', endpoint: 'sip:agent.112@pbx.example', registry: 'https://registry.example' }
      : null,
    version: '0.1.0',
    keys: [
      { name: 'registry.url', origin: '/etc/rightdoor/companion.toml:3' },
      { name: 'phone.target', origin: '/etc/rightdoor/companion.toml:8' },
      { name: 'policy.lease', origin: 'Rightdoor itself' },
      { name: 'log.level', origin: 'the environment' },
    ],
    findings: [
      { topic: 'Network', condition: 'works', found: 'one wired and one Wi-Fi connection can be read', remedy: '' },
      {
        topic: 'Wi-Fi identity', condition: 'limited', found: 'the system does not tell which access point this is',
        remedy: 'Allow location access for Rightdoor; until then it asks more often.',
      },
      { topic: 'Microphone', condition: 'works', found: 'whether it is in use can be read', remedy: '' },
      {
        topic: 'Keyring', condition: 'broken', found: 'the keyring is locked',
        remedy: 'Unlock it: until then nothing can be sent to the registry.',
      },
      { topic: 'Store', condition: 'works', found: 'can be written; the audit chain is whole', remedy: '' },
      { topic: 'Registry', condition: 'works', found: 'answered in 31 ms', remedy: '' },
    ],
  };
}
