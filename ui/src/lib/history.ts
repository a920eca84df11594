import type { Basis } from './bindings/Basis';
import type { Confirmation } from './bindings/Confirmation';
import type { Instead } from './bindings/Instead';
import type { Shape } from './bindings/Shape';

const INSTEAD: Record<Instead, string> = {
  no_fixed_address: 'No fixed address',
  withdrawn: 'Taken back after this computer moved',
  erased: 'Erased',
};

const WHY: Record<Basis, string> = {
  network_map: 'Recognised by your company’s network map',
  confirmed_here_before: 'You confirmed it here before',
  manual: 'You chose or typed it',
  os_suggestion_confirmed: 'Suggested by this computer, confirmed by you',
  admin_static: 'Set by your administrator',
};

/** Where it was. */
export function where(one: Confirmation): string {
  return one.address ?? INSTEAD[one.instead ?? 'erased'];
}

/** Why it was believed. */
export function why(one: Confirmation): string {
  return one.basis ? WHY[one.basis] : '';
}

/** What became of it; only what was seen is said. */
export function outcome(one: Confirmation): { shape: Shape; text: string } {
  if (one.refused_at !== null) return { shape: 'alert', text: 'The registry refused it' };
  if (one.matched === false) return { shape: 'alert', text: 'Registered, but 933 read out another address' };
  if (one.matched === true) return { shape: 'good', text: 'Registered, and 933 read it out' };
  if (one.registered_at !== null) return { shape: 'good', text: 'Registered' };
  return { shape: 'unknown', text: 'Not seen at the registry' };
}
