import { act, renderHook } from '@testing-library/react';
import type { ReactNode } from 'react';
import { Provider } from 'urql';
import { afterEach, expect, test, vi } from 'vitest';

import { LookBeforeDownloadDocument } from '#graphql';

import { clientOf, serviceAddress } from '../service/client';
import { useLook } from './use-look';

afterEach(() => { vi.unstubAllGlobals(); });

test('what was looked at with a token is not kept beside it', async () => {
  const hubDataset = { __typename: 'HubDataset', repository: 'acme/gated', accessible: true, error: null };
  const answers = vi.fn<typeof fetch>().mockImplementation(() => Promise.resolve(Response.json({ data: { hubDataset } })));
  vi.stubGlobal('fetch', answers);
  const client = clientOf(serviceAddress());
  const wrapper = ({ children }: { children: ReactNode }) => <Provider value={client}>{children}</Provider>;
  const { result } = renderHook(useLook, { wrapper });
  act(() => { result.current.look({ repository: 'acme/gated', revision: '', accessToken: 'hf_secret' }); });
  await vi.waitFor(() => { expect(result.current.looked?.repository).toBe('acme/gated'); });
  expect(answers.mock.calls[0]?.[1]?.body).toContain('hf_secret');
  expect(client.readQuery(LookBeforeDownloadDocument, { repository: 'acme/gated', revision: null, accessToken: 'hf_secret' })).toBeNull();
});
