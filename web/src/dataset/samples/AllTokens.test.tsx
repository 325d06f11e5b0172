import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Provider } from 'urql';
import { afterEach, expect, test, vi } from 'vitest';

import { AllTokens } from './AllTokens';

afterEach(cleanup);

const token = (at: number) => ({ id: at, text: 'ab'.charAt(at % 2), start: at, end: at + 1 });

test('of a long text the tokens behind the first are shown as they are asked for, to the last', async () => {
  const query = vi.fn<(document: unknown, asked: { at: number }) => object>((_, { at }) => ({
    toPromise: () => Promise.resolve({ data: { node: { tokens: [token(at), token(at + 1)], tokensTruncated: at < 4 } } }),
  }));
  render(
    <Provider value={{ query }}>
      <AllTokens id="s" tokenizationId="t" text="abababab" first={[token(0), token(1)]} isCut />
    </Provider>,
  );
  for (const told of ['2 tokens', '4 tokens']) {
    expect(screen.getByRole('status').textContent).toContain(`${told}, the first of more`);
    await userEvent.click(screen.getByRole('button', { name: 'Show 500 more' }));
  }
  expect(query.mock.calls.map(([, asked]) => asked)).toEqual([2, 4].map((at) => ({ id: 's', tokenizationId: 't', at })));
  expect(screen.getByRole('status').textContent).toContain('6 tokens. ');
  expect(screen.queryByRole('button', { name: 'Show 500 more' })).toBeNull();
});
