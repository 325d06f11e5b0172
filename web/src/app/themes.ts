import { createStore } from '../service/store';

export type Theme = 'light' | 'dark';

const KEY = 'mistudio.theme';
const system = window.matchMedia('(prefers-color-scheme: dark)');

function chosen(): Theme | null {
  const kept = localStorage.getItem(KEY);
  return kept === 'light' || kept === 'dark' ? kept : null;
}

const wanted = (): Theme => chosen() ?? (system.matches ? 'dark' : 'light');

/** The one that was chosen, else that of the system, also when the system's changes. */
export const theme = createStore<Theme>(wanted());

export function startTheme(): void {
  const apply = () => {
    document.documentElement.dataset['theme'] = theme.get();
  };
  apply();
  theme.subscribe(apply);
  system.addEventListener('change', () => {
    theme.set(wanted());
  });
}

export function switchTheme(): void {
  const next = theme.get() === 'dark' ? 'light' : 'dark';
  localStorage.setItem(KEY, next);
  theme.set(next);
}
