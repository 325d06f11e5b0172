import { vi } from 'vitest';

/** For what comes sooner or later: a machine may have much else to do. */
const PATIENCE_MILLISECONDS = 30_000;

const waitFor = vi.waitFor.bind(vi);
vi.waitFor = async (happened, options = PATIENCE_MILLISECONDS) => await waitFor(happened, options);
