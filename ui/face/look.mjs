// What is true of every view in every mode: nothing for axe to find, no sideways scrolling, targets large enough.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import axe from 'axe-core';

import { open } from './browser.mjs';

const SHOTS = fileURLToPath(new URL('../../out/face/', import.meta.url));

/** Looks at one view in one mode; gives what is wrong with it. */
export async function look(browser, base, view, mode) {
  const wrong = [];
  const page = await open(browser, mode, view.size, wrong);
  try {
    const at = view.at.startsWith('?') ? view.at.replace('?', '?slow=0&') : `?slow=0${view.at}`;
    // A wait of its own comes last, and counts.
    await page.goto(base + (view.at.includes('slow=') ? view.at : at));
    await page.locator(view.see).first().waitFor();
    await view.after?.(page);
    await page.evaluate(() => document.fonts.ready.then(() => new Promise(requestAnimationFrame)));
    wrong.push(...(await page.evaluate(measure, view.card ?? false)));
    // A card at twice its size may scroll.
    if (view.card && mode !== 'zoom') wrong.push(...(await page.evaluate(scrolls)));
    if (view.card) wrong.push(...(await page.evaluate(broken)));
    const file = `${SHOTS}${view.name}-${mode}.png`;
    await mkdir(SHOTS, { recursive: true });
    await page.screenshot({ path: file });
    if (await unfold(page)) await page.screenshot({ path: file.replace('.png', '-whole.png') });
    wrong.push(...(await violations(page)));
  } catch (error) {
    wrong.push(`cannot be looked at: ${error.message.split('\n').slice(0, 3).join(' ')}`);
  } finally {
    await page.context().close();
  }
  return wrong.map((what) => `${view.name} ${mode}: ${what}`);
}

/** Makes the window as high as its page, so that nothing is under the bar at its foot; whether it had to be. */
async function unfold(page) {
  const { width, height } = page.viewportSize();
  let high = height;
  // A list inside may grow with its window.
  for (let times = 0; times < 12; times += 1) {
    const needed = await page.evaluate(() => document.documentElement.scrollHeight);
    if (needed <= high) break;
    high = needed;
    await page.setViewportSize({ width, height: high });
  }
  return high > height;
}

async function violations(page) {
  await page.evaluate(axe.source);
  const { violations: found, incomplete } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations', 'incomplete'] }));
  // Shapes and single digits are not text to axe; their colours are checked with the tokens.
  const shapes = /only non-text characters|too short/;
  const contrast = incomplete
    .filter((rule) => rule.id === 'color-contrast')
    .map((rule) => ({ ...rule, nodes: rule.nodes.filter((node) => !shapes.test(node.any[0]?.message ?? '')) }))
    .filter((rule) => rule.nodes.length > 0);
  return [...found, ...contrast].map((rule) => {
    const node = rule.nodes[0];
    return `${rule.id}: ${node?.html.slice(0, 160)} (${node?.any[0]?.message ?? rule.help})`;
  });
}

// Runs in the page.
function measure(isCard) {
  const wrong = [];
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) wrong.push(`scrolls sideways: ${page.scrollWidth} > ${page.clientWidth}`);
  const targets = document.querySelectorAll('button, .button, nav a, input:not([type=radio]), select, [role=option], .radio, summary');
  for (const target of targets) {
    const { width, height } = target.getBoundingClientRect();
    if (width > 0 && Math.min(width, height) < 31.5) {
      wrong.push(`target of ${Math.round(width)} by ${Math.round(height)}: ${target.textContent?.trim().slice(0, 40)}`);
    }
  }
  for (const element of document.querySelectorAll('*')) {
    const style = getComputedStyle(element);
    if (style.transitionDuration.split(',').some((time) => parseFloat(time) > 0) || style.animationName !== 'none') {
      wrong.push(`moves under reduced motion: ${element.tagName} ${element.className}`);
    }
    const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim());
    if (isCard && own && element.closest('main') && parseFloat(style.fontSize) < 20) {
      wrong.push(`smaller than 20 px: ${element.textContent?.trim().slice(0, 40)}`);
    }
  }
  return wrong;
}

// Runs in the page.
function scrolls() {
  const page = document.documentElement;
  return page.scrollHeight > page.clientHeight ? [`the card scrolls: ${page.scrollHeight} > ${page.clientHeight}`] : [];
}

// Runs in the page. A number that somebody reads out stands on one line.
function broken() {
  const wrong = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    for (const { 0: number, index } of text.textContent.matchAll(/\d+(-\d+)+/g)) {
      const range = document.createRange();
      range.setStart(text, index);
      range.setEnd(text, index + number.length);
      const lines = new Set([...range.getClientRects()].map((line) => Math.round(line.top)));
      if (lines.size > 1) wrong.push(`broken over ${lines.size} lines: ${number}`);
    }
  }
  return wrong;
}
