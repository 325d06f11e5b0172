import { cleanup, render, screen } from '@testing-library/react';
import { Provider } from 'urql';
import { afterEach, expect, test, vi } from 'vitest';

import { PlanTokenizationDocument, type TokenizeDatasetInput } from '#graphql';

import { clientOf, serviceAddress } from '../../service/client';
import { Plan } from './Plan';
import { DEFAULT_RECIPE, recipeOf } from './recipe-form';

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const INPUT: TokenizeDatasetInput = { datasetId: 'd1', tokenizer: 'acme/gated', recipe: recipeOf(DEFAULT_RECIPE), accessToken: 'hf_secret' };
const PLAN = { sequenceCount: 1, tokenCount: 2, sizeBytes: 3, seconds: 4, truncatedShare: 0, paddingShare: 0, warnings: [], error: null, existing: null };

test('the same that is planned again is asked for again, and its token is kept nowhere', async () => {
  const asked: string[] = [];
  vi.stubGlobal('fetch', (_: string, { body }: { body: string }) => {
    asked.push(body);
    return Promise.resolve(Response.json({ data: { planTokenization: { ...PLAN, sampledRows: 100 * asked.length } } }));
  });
  const client = clientOf(serviceAddress());
  const planned = <Provider value={client}><Plan input={INPUT} /></Provider>;
  render(planned);
  await screen.findByText('100 rows tried');
  cleanup();
  render(planned);
  await screen.findByText('200 rows tried');
  expect(asked.map((body) => body.includes('hf_secret'))).toEqual([true, true]);
  expect(client.readQuery(PlanTokenizationDocument, { input: INPUT })).toBe(null);
});
