// Looks at every view of the built demo in every mode, and does what people do. Figures are one JSON line, last.
// RIGHTDOOR_LONG=0 leaves dark and forced colours to the views that stand for the others; FACE=name looks at one,
// FACE=behaviour at none.
import { readdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { BEHAVIOURS, behave } from './behaviour.mjs';
import { launch, MODE_NAMES } from './browser.mjs';
import { look } from './look.mjs';
import { serve } from './serve.mjs';
import { VIEWS } from './views.mjs';

const began = Date.now();
const quick = process.env.RIGHTDOOR_LONG === '0';
const only = process.env.FACE ?? '';
const behaves = ['', 'behaviour'].includes(only);
/** The views that hold every part there is. */
const STAND = /^(status-(moved|verified|gone|outage)|question-(tap|desks|travel|stuck)|address-(typed|faults)|history|settings|test|welcome-(limits|enrol-faults)|guidance-outage.*)$/;
const SHOTS = fileURLToPath(new URL('../../out/face/', import.meta.url));

const views = VIEWS.filter((view) => view.name.includes(only));
const jobs = views.flatMap((view) =>
  MODE_NAMES.filter((mode) => !quick || mode === 'light' || STAND.test(view.name)).map((mode) => [view, mode]),
);
if (!only) await rm(SHOTS, { recursive: true, force: true });

const server = await serve();
const browser = await launch();
const wrong = [];
try {
  const waiting = [...jobs];
  const worker = async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) wrong.push(...(await look(browser, server.base, ...job)));
  };
  await Promise.all([worker(), worker(), worker()]);
  if (behaves) wrong.push(...(await behave(browser, server.base)));
} finally {
  await browser.close();
  await server.close();
}
for (const what of wrong) console.error(`face: ${what}`);
const figures = {
  views: views.length, modes: MODE_NAMES, runs: jobs.length, behaviours: !behaves ? 0 : Object.keys(BEHAVIOURS).length,
  violations: wrong.length, shots: (await readdir(SHOTS)).length, face_seconds: Math.round((Date.now() - began) / 1000),
};
console.log(JSON.stringify(figures));
process.exitCode = wrong.length === 0 ? 0 : 1;
