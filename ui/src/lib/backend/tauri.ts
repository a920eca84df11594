// The only file that knows of Tauri.
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import { getCurrentWindow } from '@tauri-apps/api/window';

import type { Shown } from '../bindings/Shown';
import type { Backend, WindowName } from './backend';

const WINDOWS: readonly string[] = ['main', 'question', 'guidance'] satisfies WindowName[];

/** The real thing: commands and one event of the window's own process. */
export function tauri(): Backend {
  return {
    // JavaScript counts minutes behind UTC, the companion minutes ahead of it.
    shown: () => invoke('shown', { offset: -new Date().getTimezoneOffset() }),
    onShown(see) {
      const listening = listen<Shown>('shown', (event) => see(event.payload));
      return () => void listening.then((stop) => stop());
    },
    act: (intent) => invoke('act', { intent }),
    look: (look) => invoke('look', { look }),
    closeWindow: () => void getCurrentWindow().close(),
    window() {
      const label = getCurrentWindow().label;
      return WINDOWS.includes(label) ? (label as WindowName) : 'main';
    },
  };
}
