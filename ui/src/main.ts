import './styles/tokens.css';
import './styles/base.css';

import { mount } from 'svelte';

import App from './App.svelte';
import { session } from './lib/session.svelte';

/** How long a page may stay blank for want of an answer, in milliseconds. */
const BLANK = 300;

await session.begin(BLANK);

const target = document.getElementById('face');
if (target) {
  // What stands there is for a window whose page cannot be loaded.
  target.replaceChildren();
  mount(App, { target });
}
