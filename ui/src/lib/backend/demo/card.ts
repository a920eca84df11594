import type { Card } from '../../bindings/Card';
import { BARE, DOWN } from '../../bindings/cards';
import type { CivicAddress } from '../../bindings/CivicAddress';
import { oneLine } from '../../civic';

/** What a card depends on. */
export interface Told {
  address: CivicAddress | null;
  verified: boolean;
  down?: boolean;
}

/** The outage card in every language, as the companion writes it. */
export function cards({ address, verified, down = false }: Told): Card[] {
  const sure = verified && address !== null;
  return (down ? DOWN : BARE).map((card) => ({
    ...card,
    say: { ...card.say, lines: sure ? [`${oneLine(address)}.`, ...(address.LOC ? [`${address.LOC}.`] : [])] : [] },
    ask: { ...card.ask, lines: sure ? [] : card.ask.lines },
    last: { ...card.last, lines: !sure && address ? [oneLine(address)] : [] },
  }));
}
