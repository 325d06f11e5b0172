import { afterEach, expect, test } from 'vitest';

import { mend } from './mending';

const TAB = (name: string, isChosen: boolean) =>
  `<li role="tab" class="graphiql-tab" aria-selected="${String(isChosen)}"><button class="graphiql-tab-button">${name}</button><button aria-label="Close Tab"></button></li>`;

let stop = () => undefined as unknown;
afterEach(() => { stop(); });

function told() {
  return [...document.querySelectorAll('li')].map((tab) => [
    tab.getAttribute('role'),
    tab.getAttribute('aria-selected'),
    tab.querySelector('.graphiql-tab-button')?.getAttribute('aria-current'),
  ]);
}

test('tabs with two buttons are a list of buttons, also what comes later and when another one is chosen', async () => {
  document.body.innerHTML = `<ul class="graphiql-tabs" role="tablist">${TAB('a', true)}${TAB('b', false)}</ul><div role="tabpanel"></div>`;
  stop = mend(document.body);
  expect(told()).toEqual([['listitem', null, 'true'], ['listitem', null, 'false']]);
  expect([...document.querySelectorAll('ul, div')].map((place) => place.getAttribute('role'))).toEqual(['list', 'region']);

  document.querySelector('li')?.setAttribute('aria-selected', 'false');
  document.querySelector('ul')?.insertAdjacentHTML('beforeend', TAB('c', true));
  await Promise.resolve();
  expect(told()).toEqual([['listitem', null, 'false'], ['listitem', null, 'false'], ['listitem', null, 'true']]);
});
