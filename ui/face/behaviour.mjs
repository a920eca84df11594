// What the face does: the keyboard, the guard, questions that go, and nothing typed that is lost.
import assert from 'node:assert/strict';

import { open } from './browser.mjs';

const MAIN = [560, 720];
const QUESTION = [480, 620];
const acts = (page) => page.evaluate(() => globalThis.companion.acts);
const tell = (page, what, ...more) => page.evaluate(([name, args]) => globalThis.companion[name](...args), [what, more]);
const text = (page, words) => page.getByText(words).first().waitFor({ timeout: 5000 });

/** Tabs on until `count` things had the focus; each has to show it. */
async function order(page, count) {
  const names = [];
  for (let at = 0; at < count; at += 1) {
    await page.keyboard.press('Tab');
    const [name, ring] = await page.evaluate(() => {
      const now = document.activeElement;
      const style = getComputedStyle(now);
      const label = now.getAttribute('aria-label') ?? now.labels?.[0]?.innerText ?? now.innerText;
      return [label.split('\n').map((line) => line.trim()).filter((line) => !/^\d?$/.test(line))[0], style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth)];
    });
    assert.ok(ring >= 2, `the focus on “${name}” cannot be seen`);
    names.push(name);
  }
  return names;
}

export const BEHAVIOURS = {
  'the question goes by keyboard in the order of reading': async (go) => {
    const page = await go('?demo=moved&window=question#/question', QUESTION);
    await page.locator('.choice').first().waitFor();
    assert.deepEqual(await order(page, 7), [
      'Home', 'Denver office', 'Same building, another floor or desk…', 'Somewhere else…',
      'I’m travelling or can’t give an address', 'Not now: ask me in 10 minutes', 'I can’t reach 911 by VoIP',
    ]);
  },
  'the form goes by keyboard in the order people say an address': async (go) => {
    const page = await go('?demo=nothing#/address', MAIN);
    await page.locator('[data-field=street]:focus').waitFor();
    assert.deepEqual(await order(page, 18), [
      'No number or street? Name a landmark', 'City', 'State', 'ZIP code', 'Country', 'I don’t know', 'Building', 'Floor',
      'Unit or apartment', 'Room', 'Desk', 'Door or gate code', 'Who meets the crew', 'Anything that helps them find you',
      'What to call this place (if you like)', 'I am here', 'Back', 'I can’t reach 911 by VoIP',
    ]);
  },
  'another address than the one typed is only taken when the person says so': async (go) => {
    const page = await go('?demo=nothing&suggest#/address', MAIN);
    for (const [label, words] of [['Number and street', '1600 Blake St'], ['City', 'Denver'], ['State', 'CO'], ['ZIP code', '80202'], ['Floor', '5']]) {
      await page.getByLabel(label, { exact: true }).fill(words);
    }
    await page.locator('aside[aria-busy=false]').waitFor();
    await page.getByRole('button', { name: 'I am here' }).click();
    await text(page, 'Which of these is it?');
    assert.equal((await acts(page)).length, 1);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Which of these is it?');
    await page.getByRole('button', { name: 'let me change it' }).click();
    assert.equal(await page.getByLabel('Floor', { exact: true }).inputValue(), '5');
    assert.equal((await acts(page)).length, 1);
    await tell(page, 'suggestAgain');
    await page.getByRole('button', { name: 'I am here' }).click();
    await text(page, 'Which of these is it?');
    await page.getByRole('button', { name: /^I am here: 1600 Blakely/ }).click();
    await text(page, 'read back equal');
    const last = (await acts(page)).at(-1).answer.answer.address;
    assert.equal(last.location.RD, 'Blakely');
    assert.equal(last.location.FLR, '5');
  },
  'a number and Enter answer, but only 500 ms after the focus': async (go) => {
    const page = await go('?demo=moved&window=question#/question', QUESTION, true);
    const focused = () => page.evaluate(() => (document.activeElement === document.body ? '' : document.activeElement.textContent));
    await page.evaluate(() => window.dispatchEvent(new Event('focus')));
    await page.clock.runFor(499);
    await page.keyboard.press('2');
    assert.doesNotMatch(await focused(), /Denver office/);
    await page.clock.runFor(1);
    await page.keyboard.press('2');
    assert.match(await focused(), /Denver office/);
    await page.evaluate(() => window.dispatchEvent(new Event('focus')));
    for (const key of ['Enter', 'Space']) await page.keyboard.press(key);
    await page.clock.runFor(499);
    for (const key of ['Enter', 'Space', 'Escape']) await page.keyboard.press(key);
    assert.deepEqual(await acts(page), []);
    await page.clock.runFor(1);
    await page.keyboard.press('Enter');
    assert.deepEqual(await acts(page), [{ answer: { prompt: 7, answer: { place: 'denver/building-b/5/5-112' } } }]);
  },
  'a click counts at once': async (go) => {
    const page = await go('?demo=tap&window=question#/question', QUESTION, true);
    await page.getByRole('button', { name: 'Yes, I am here' }).click();
    assert.deepEqual(await acts(page), [{ answer: { prompt: 7, answer: { place: 'p1' } } }]);
  },
  'a window that came by itself has the focus on no answer': async (go) => {
    const page = await go('?demo=tap&window=question#/question?unasked', QUESTION, true);
    await page.locator('.choice').first().waitFor();
    await page.clock.runFor(5000);
    await page.keyboard.press('Enter');
    assert.deepEqual(await acts(page), []);
  },
  'Esc puts the question off': async (go) => {
    const page = await go('?demo=moved&window=question#/question', QUESTION, true);
    await page.locator('.choice').first().waitFor();
    await page.clock.runFor(500);
    await page.keyboard.press('Escape');
    assert.deepEqual(await acts(page), [{ answer: { prompt: 7, answer: 'later' } }]);
  },
  'three acts bring a hot desk to the registry, and the window leaves': async (go) => {
    const page = await go('?demo=moved&window=question&slow=10#/question', QUESTION);
    await page.getByRole('button', { name: 'another floor' }).click();
    await page.getByRole('option', { name: 'Floor 5' }).click();
    await page.getByRole('option', { name: 'Desk 5-107' }).click();
    assert.deepEqual(await acts(page), [{ answer: { prompt: 7, answer: { place: 'denver/building-b/5/5-107' } } }]);
    await text(page, 'Saved on this computer');
    await text(page, 'read back equal');
    await page.locator('body[data-closed]').waitFor();
  },
  'the same by keyboard alone': async (go) => {
    const page = await go('?demo=moved&window=question&slow=10#/question', QUESTION);
    await page.locator('.choice').first().waitFor();
    await page.waitForTimeout(550);
    await page.keyboard.press('3');
    await page.keyboard.press('Enter');
    await page.getByRole('option', { name: 'Floor 10' }).waitFor();
    await page.keyboard.type('5-107 blake');
    await page.keyboard.press('Enter');
    assert.deepEqual(await acts(page), [{ answer: { prompt: 7, answer: { place: 'denver/building-b/5/5-107' } } }]);
  },
  'in the main window the answer leads back to the status, and the hero follows the registry': async (go) => {
    const page = await go('?demo=moved&slow=10#/question', MAIN);
    await page.getByRole('button', { name: 'Denver office' }).click();
    await text(page, 'read back equal');
    await page.waitForFunction(() => location.hash === '#/status');
    await text(page, 'Your registered 911 location is');
    assert.equal(await page.locator('body[data-closed]').count(), 0);
  },
  'an old answer is not sent to a new question': async (go) => {
    const page = await go('?demo=moved&window=question#/question', QUESTION, true);
    const home = page.getByRole('button', { name: 'Home' });
    await home.waitFor();
    await page.clock.runFor(1000);
    await tell(page, 'replace');
    await text(page, 'The question changed');
    assert.ok(await home.isDisabled());
    await page.keyboard.press('1');
    await page.keyboard.press('Enter');
    assert.deepEqual(await acts(page), []);
    await page.clock.runFor(500);
    await home.click();
    assert.deepEqual(await acts(page), [{ answer: { prompt: 8, answer: { place: 'p1' } } }]);
  },
  'a question closed meanwhile is said to be, and what was typed stays': async (go) => {
    const page = await go('?demo=moved&window=question#/question', QUESTION);
    await page.getByRole('button', { name: 'Somewhere else' }).click();
    await page.getByRole('button', { name: 'Type the address instead' }).click();
    await page.getByLabel('Number and street').fill('77 Typed Way');
    await tell(page, 'close');
    await text(page, 'The question is closed');
    assert.equal(await page.getByLabel('Number and street').inputValue(), '77 Typed Way');
    assert.deepEqual(await acts(page), []);
  },
  'nothing typed is lost while the companion is gone, and nothing old is shown': async (go) => {
    const page = await go('?demo=nothing#/address', MAIN);
    await page.getByLabel('City').fill('Denver');
    await tell(page, 'turn', 'gone');
    await text(page, 'cannot be shown now');
    assert.equal(await page.getByLabel('City').inputValue(), 'Denver');
    assert.ok(await page.getByRole('button', { name: 'I am here' }).isDisabled());
    await tell(page, 'turn', 'nothing');
    await page.getByText('cannot be shown now').waitFor({ state: 'detached' });
    assert.equal(await page.getByLabel('City').inputValue(), 'Denver');
    assert.ok(await page.getByRole('button', { name: 'I am here' }).isEnabled());
    await page.evaluate(() => (location.hash = '#/status'));
    await text(page, 'No 911 location is registered for you');
    await tell(page, 'turn', 'verified');
    await text(page, '1600 Blake Street');
    await tell(page, 'turn', 'gone');
    await page.getByText('1600 Blake Street').waitFor({ state: 'detached' });
  },
  'a refused address keeps what was typed and says it at the field': async (go) => {
    const page = await go('?demo=nothing&refuse&slow=10#/address', MAIN);
    const fields = { 'Number and street': '9 Elm St', City: 'Golden', State: 'CO', 'ZIP code': '82001' };
    for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value);
    await page.getByRole('button', { name: 'I am here' }).click();
    const zip = page.locator('[data-field=zip][aria-invalid=true]');
    await zip.waitFor();
    const said = await page.locator(`[id="${await zip.getAttribute('aria-describedby')}"]`).innerText();
    assert.match(said, /not in the state/);
    for (const [label, value] of Object.entries(fields)) assert.equal(await page.getByLabel(label, { exact: true }).inputValue(), value);
  },
  'an address is sent as it was understood': async (go) => {
    const page = await go('?demo=nothing&slow=10#/address', MAIN);
    const fields = { 'Number and street': '1600 N. Blake St', City: 'Denver', State: 'CO', 'ZIP code': '80202', 'Door or gate code': '4411', 'Who meets the crew': 'reception' };
    for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value);
    await page.getByLabel('Several').check();
    await page.getByRole('button', { name: 'I am here' }).click();
    await text(page, 'The floor is missing');
    assert.deepEqual(await acts(page), []);
    await page.getByLabel('Floor', { exact: true }).fill('5');
    await page.getByRole('button', { name: 'I am here' }).click();
    await text(page, 'read back equal');
    const [{ answer }] = await acts(page);
    assert.deepEqual(answer.answer.address, {
      location: { country: 'US', A1: 'CO', A3: 'Denver', PC: '80202', FLR: '5', LOC: 'Door code 4411; met by reception', HNO: '1600', PRD: 'North', RD: 'Blake', STS: 'Street' },
      label: null,
      floors: 'several',
    });
  },
  'travelling is asked once more': async (go) => {
    const page = await go('?demo=moved&window=question#/question', QUESTION);
    await page.getByRole('button', { name: 'travelling' }).click();
    await text(page, 'no location');
    assert.deepEqual(await acts(page), []);
    await page.getByRole('button', { name: 'I have no address now' }).click();
    assert.deepEqual(await acts(page), [{ answer: { prompt: 7, answer: 'travelling' } }]);
  },
  'a link fills in the enrolment and sends nothing': async (go) => {
    const page = await go('?demo=unenrolled#/welcome?code=%3Cimg%20src%3Dx%3E&registry=javascript:alert(1)', MAIN);
    await page.getByRole('button', { name: 'I have read this' }).click();
    await page.getByRole('button', { name: 'Go on' }).click();
    assert.equal(await page.getByLabel('Code').inputValue(), '<img src=x>');
    await page.getByRole('button', { name: 'Enrol' }).click();
    await text(page, 'Write the whole address');
    const read = { acknowledge: { edition: 1, language: 'en' } };
    assert.deepEqual(await acts(page), [read]);
    await page.evaluate(() => (location.hash = '#/welcome?code=AB12-CD34&registry=https%3A%2F%2Fr.example'));
    await page.waitForFunction(() => document.querySelector('#code')?.value === 'AB12-CD34');
    await page.getByRole('button', { name: 'Enrol' }).click();
    await text(page, 'Where are you?');
    assert.deepEqual(await acts(page), [read, { enrol: { code: 'AB12-CD34', registry: 'https://r.example' } }]);
  },
  'a move shifts nothing in the hero': async (go) => {
    const page = await go('?demo=verified#/status', MAIN);
    const places = () => page.evaluate(() => ['.street', '.facets', 'li:last-child'].map((name) => document.querySelector(`main ${name}`).getBoundingClientRect().top));
    await text(page, '1600 Blake Street');
    const before = await places();
    await tell(page, 'turn', 'moved');
    await text(page, 'Registered, not verified');
    assert.deepEqual(await places(), before);
  },
  '933: yes goes to the status, no says what to do': async (go) => {
    const page = await go('?demo=registered&slow=10#/test', MAIN);
    await page.getByRole('button', { name: 'Yes, this one' }).click();
    await text(page, 'If you call 911 now, responders go to');
    await page.evaluate(() => (location.hash = '#/test'));
    await page.getByRole('button', { name: 'No, another one' }).click();
    await text(page, 'Tell your administrator');
    assert.deepEqual(await acts(page), [{ report933: { matched: true } }, { report933: { matched: false } }]);
  },
  '933: something else is recorded, and what to do is said': async (go) => {
    const page = await go('?demo=registered&slow=10#/test', MAIN);
    assert.equal(await page.getByRole('link', { name: 'Open 933' }).getAttribute('href'), 'tel:933');
    await page.getByRole('button', { name: 'Something else' }).click();
    await text(page, 'nothing is proved');
    await page.getByRole('button', { name: 'Try again' }).click();
    await text(page, 'Did it read out');
    assert.deepEqual(await acts(page), [{ report933: { matched: null } }]);
  },
  'what a provider does with an answer is said before it': async (go) => {
    const page = await go('?demo=provider&window=question#/question', QUESTION);
    await text(page, 'everybody who calls from your number');
    await page.getByRole('button', { name: 'travelling' }).click();
    await text(page, 'until then 911 has the earlier one');
  },
  'the card prints on one page and grows when asked to': async (go) => {
    const page = await go('?demo=long-outage&window=guidance#/guidance', [1024, 700]);
    await text(page, 'Say this');
    const pdf = (await page.pdf({ format: 'Letter' })).toString('latin1');
    assert.equal(pdf.match(/\/Type\s*\/Page\b/g)?.length, 1);
    const size = () => page.evaluate(() => parseFloat(getComputedStyle(document.querySelector('main')).fontSize));
    const before = await size();
    await page.getByRole('button', { name: 'Larger' }).click();
    assert.ok((await size()) > before);
  },
};

/** Runs them all; gives what does not hold. */
export async function behave(browser, base) {
  const wrong = [];
  for (const [name, run] of Object.entries(BEHAVIOURS)) {
    let page;
    const go = async (at, size, clock = false) => {
      page = await open(browser, 'light', size, wrong);
      page.setDefaultTimeout(10_000);
      // With a clock of its own a page stands still until it is told to run.
      if (clock) await page.clock.install({ time: 0 });
      await page.goto(base + at);
      if (clock) {
        await page.locator('.choice').first().waitFor();
        await page.clock.pauseAt(60_000);
      }
      return page;
    };
    try {
      await run(go);
    } catch (error) {
      wrong.push(`${name}: ${error.message.split('\n').slice(0, 12).join(' ')}`);
    }
    await page?.context().close();
  }
  return wrong;
}
