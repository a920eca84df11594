import './styles/tokens.css';
import './styles/base.css';

import { mount } from 'svelte';

import App from './App.svelte';
import { session } from './lib/session.svelte';

void session.begin();

const target = document.getElementById('face');
if (target) {
  // What stands there is for a window whose page cannot be loaded.
  target.replaceChildren();
  mount(App, { target });
}
