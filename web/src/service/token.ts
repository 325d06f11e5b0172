import { createStore } from './store';

const KEY = 'mistudio.token';

/** What the service wants to be shown, as this browser was told it once; empty where it was not. */
export const token = createStore(localStorage.getItem(KEY) ?? '');

/** Whether the service has refused what it was shown, so that a person has to be asked. */
export const tokenIsWanted = createStore(false);

export function rememberToken(told: string): void {
  localStorage.setItem(KEY, told);
  token.set(told);
  tokenIsWanted.set(false);
}

/** The header, and the connection's first message, by which the service knows who asks. */
export function shown(): Record<string, string> {
  const told = token.get();
  return told === '' ? {} : { authorization: `Bearer ${told}` };
}
