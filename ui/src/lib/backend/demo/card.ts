import type { Card } from '../../bindings/Card';
import type { CivicAddress } from '../../bindings/CivicAddress';
import { oneLine } from '../../civic';

/** What a card depends on. */
export interface Told {
  address: CivicAddress | null;
  verified: boolean;
  down?: boolean;
}

/** The outage card, as the companion writes it. */
export function card({ address, verified, down = false }: Told): Card {
  const sure = verified && address !== null;
  return {
    headline: down ? 'Your softphone may not be able to reach 911' : 'If your softphone does not reach 911',
    cause: down ? 'The phone service does not answer, though your internet works.' : null,
    steps: [
      'Call 911 from your mobile phone.',
      'No mobile? Use the nearest desk, wall or red phone.',
      'Ask anyone near you to call.',
      'Cannot speak? Text 911 (not everywhere; wait for an answer).',
    ],
    say: sure ? [`${oneLine(address)}.`, ...(address.LOC ? [`${address.LOC}.`] : [])] : [],
    ask: sure ? [] : ['the street and number', 'the floor and room', 'which entrance'],
    last: !sure && address ? oneLine(address) : null,
  };
}
