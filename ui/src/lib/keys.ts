import { FocusGuard } from './focus-guard';

/** This window's guard. */
export const guard = new FocusGuard(
  () => performance.now(),
  () => document.hasFocus(),
);

window.addEventListener('focus', () => guard.restart());

/** Whether a key is being typed into something. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  return target instanceof HTMLElement && target.closest('input, select, textarea, [contenteditable]') !== null;
}
