// Headless Chromium, with nothing of its own on the network and a profile that is new and empty each time.
import { chromium } from 'playwright-core';

const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
}

const MODES = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  forced: { colorScheme: 'dark', forcedColors: 'active' },
  // A browser at 200 % gives the page half as many pixels, each twice as large.
  zoom: { colorScheme: 'light', deviceScaleFactor: 2 },
};
export const MODE_NAMES = Object.keys(MODES);

/** A page of a window of that size in that mode; what goes wrong in it is written into `wrong`. */
export async function open(browser, mode, [width, height], wrong) {
  const half = mode === 'zoom' ? 2 : 1;
  const context = await browser.newContext({
    ...MODES[mode],
    reducedMotion: 'reduce',
    viewport: { width: Math.round(width / half), height: Math.round(height / half) },
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => wrong.push(`${mode}: ${page.url()}: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') wrong.push(`${mode}: ${page.url()}: ${message.text()}`);
  });
  return page;
}
