import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig(({ mode }) => ({
  plugins: [svelte()],
  base: './',
  // WebKitGTK 2.36 and macOS 13; Windows' web view is newer.
  build: {
    target: 'safari16',
    outDir: mode === 'demo' ? 'dist-demo' : 'dist',
    // The page's rules allow no inline script and no data: font or style.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node', css: true },
}));
