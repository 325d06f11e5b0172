import { cleanup, renderHook } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { navigate } from 'wouter/use-browser-location';

import { usePageTop } from './use-page-top';

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

test('another page begins at its top, and another tab or search where one is', () => {
  const scrolled = vi.spyOn(window, 'scrollTo').mockImplementation(() => undefined);
  navigate('/');
  renderHook(usePageTop);
  navigate('/?search=cat', { replace: true });
  expect(scrolled).not.toHaveBeenCalled();
  navigate('/datasets/one');
  expect(scrolled.mock.calls).toEqual([[0, 0]]);
  navigate('/datasets/one/samples');
  expect(scrolled).toHaveBeenCalledTimes(1);
  navigate('/jobs');
  expect(scrolled).toHaveBeenCalledTimes(2);
});
