import { demo } from './demo';
import { tauri } from './tauri';

export type { Backend, WindowName } from './backend';
export { asProblem } from './backend';

/** The one way out of this page; what the build does not need, it leaves out. */
export const backend = import.meta.env.MODE === 'demo' ? demo() : tauri();
