// Every view in every state that is worth a look. `after` is done before looking; `see` is there when it is drawn.
const MAIN = [560, 720];
const QUESTION = [480, 620];
const CARD = [1024, 700];

const status = (scene) => ({ name: `status-${scene}`, at: `?demo=${scene}#/status`, size: MAIN, see: 'h1' });
const question = (scene, name, after, more = '') => ({
  name: `question-${name ?? scene}`, at: `?demo=${scene}&window=question${more}#/question`, size: QUESTION, see: 'h1, h2', after,
});
const guidance = (scene, language) => ({
  name: `guidance-${scene}${language ? `-${language.slice(0, 2).toLowerCase()}` : ''}`, at: `?demo=${scene}&window=guidance#/guidance`, size: CARD,
  see: 'h1', card: true, after: language && press(language),
});
const welcome = (scene, name, after) => ({ name: `welcome-${name}`, at: `?demo=${scene}#/welcome`, size: MAIN, see: 'h1, h2', after });

const press = (name) => (page) => page.getByRole('button', { name }).first().click();
const pick = (name) => (page) => page.getByRole('option', { name }).first().click();
const all = (...steps) => async (page) => {
  for (const step of steps) await step(page);
};
const fill = (label, text) => (page) => page.getByLabel(label, { exact: true }).fill(text);
const shown = (text) => (page) => page.getByText(text).first().waitFor();
// A look at half of an address may have been answered before: the whole of it counts.
const lookedAt = (page) => page.locator('aside[aria-busy=false]').waitFor();

const typed = all(
  fill('Number and street', '1600 N. Blake St'), fill('City', 'Denver'), fill('State', 'CO'), fill('ZIP code', '80202'),
  fill('Building', 'Building B'), fill('Floor', '5'), fill('Desk', '5-112'), fill('Door or gate code', '4411'),
  fill('Who meets the crew', 'reception'), lookedAt, shown('nobody has said that it exists'),
);

export const VIEWS = [
  ...[
    'verified', 'registered', 'moved', 'tap', 'checking', 'working', 'put-off', 'unenrolled', 'nothing', 'waiting', 'unreachable',
    'refused', 'travelling', 'mismatch', 'outage', 'outage-moved', 'frozen', 'starting', 'gone', 'long', 'rtl', 'notice',
  ].map(status),
  ...['moved', 'tap', 'working', 'put-off', 'long', 'rtl', 'verified', 'gone'].map((scene) => question(scene)),
  question('moved', 'picker', all(press('Somewhere else'), shown('Lately'))),
  question('moved', 'floors', all(press('another floor'), shown('Which floor?'))),
  question('moved', 'desks', all(press('another floor'), pick('Floor 5'), shown('Which desk?'))),
  question('moved', 'search', all(press('Somewhere else'), shown('Lately'), (page) => page.getByRole('combobox').fill('blake 5-1'))),
  question('moved', 'no-match', all(press('Somewhere else'), shown('Lately'), (page) => page.getByRole('combobox').fill('atlantis'))),
  question('moved', 'empty-directory', all(press('another floor'), shown('has listed no places')), '&empty'),
  question('moved', 'unread-directory', all(press('another floor'), shown('could not be read')), '&unread'),
  question('moved', 'travel', press('travelling')),
  question('provider'),
  question('provider', 'provider-travel', press('travelling')),
  question('moved', 'progress', all(press('Home'), shown('on its way')), '&slow=1500'),
  question('moved', 'stuck', all(press('Home'), shown('does not answer')), '&stuck'),
  question('moved', 'later', all(press('Not now'), shown('Asked again at'))),
  question('moved', 'replaced', async (page) => {
    await page.evaluate(() => globalThis.companion.replace());
    await shown('The question changed')(page);
    await page.locator('.choice:enabled').first().waitFor();
  }),
  question('moved', 'closed', async (page) => {
    await page.evaluate(() => globalThis.companion.close());
    await shown('The question is closed')(page);
  }),
  { name: 'address-empty', at: '?demo=nothing#/address', size: MAIN, see: 'form' },
  { name: 'address-prefilled', at: '?demo=verified#/address', size: MAIN, see: 'form', after: shown('nobody has said that it exists') },
  { name: 'address-typed', at: '?demo=nothing#/address', size: [900, 720], see: 'form', after: typed },
  { name: 'address-faults', at: '?demo=nothing#/address', size: MAIN, see: 'form', after: all(press('I am here'), shown('need a look')) },
  { name: 'address-refused', at: '?demo=nothing&refuse#/address', size: MAIN, see: 'form', after: all(typed, press('I am here'), shown('not in the state')) },
  { name: 'address-suggested', at: '?demo=nothing&suggest#/address', size: MAIN, see: 'form', after: all(typed, press('I am here'), shown('Which of these')) },
  { name: 'address-corrected', at: '?demo=nothing&correct#/address', size: MAIN, see: 'form', after: all(typed, press('I am here'), shown('Is this the same')) },
  { name: 'address-gone', at: '?demo=nothing#/address', size: MAIN, see: 'form', after: all(typed, (page) => page.evaluate(() => globalThis.companion.turn('gone')), shown('What you typed stays')) },
  { name: 'address-long', at: '?demo=long#/address', size: MAIN, see: 'form', after: shown('Even wide ones') },
  { name: 'history', at: '#/history', size: MAIN, see: 'ol' },
  { name: 'history-empty', at: '?empty#/history', size: MAIN, see: 'h1', after: shown('Nothing yet') },
  { name: 'settings', at: '#/settings', size: MAIN, see: 'dl' },
  { name: 'settings-loading', at: '?slow=60000#/settings', size: MAIN, see: 'h1', after: shown('takes a few seconds') },
  { name: 'settings-unenrolled', at: '?demo=unenrolled#/settings', size: MAIN, see: 'details' },
  { name: 'test', at: '#/test', size: MAIN, see: 'h1' },
  { name: 'test-other', at: '#/test', size: MAIN, see: 'h1', after: all(press('Something else'), shown('nothing is proved')) },
  { name: 'test-no', at: '#/test', size: MAIN, see: 'h1', after: all(press('No, another one'), shown('Tell your administrator')) },
  welcome('unenrolled', 'limits'),
  welcome('unenrolled', 'permission', press('I have read this')),
  welcome('unenrolled', 'enrol', all(press('I have read this'), press('Go on'))),
  welcome('unenrolled', 'enrol-faults', all(press('I have read this'), press('Go on'), press('Enrol'))),
  welcome('unenrolled', 'enrol-refused', all(press('I have read this'), press('Go on'), fill('Code', 'wrong'), fill('Registry’s address', 'https://r.example'), press('Enrol'), shown('does not know this code'))),
  { name: 'welcome-link', at: '?demo=verified#/welcome?code=AB12-CD34&registry=https%3A%2F%2Fregistry.example', size: MAIN, see: '#code' },
  welcome('nothing', 'place', shown('1600 Blake Street')),
  welcome('registered', 'test'),
  ...['verified', 'moved', 'nothing', 'outage', 'outage-moved', 'long-outage', 'long', 'gone', 'starting'].map((scene) => guidance(scene)),
  ...['verified', 'outage', 'outage-moved', 'long-outage'].flatMap((scene) => ['Español', 'Français'].map((language) => guidance(scene, language))),
];
