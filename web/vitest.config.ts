import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

/** Components and what they stand on, without a browser: what needs one is tested in one, by `tests/web`. */
export default defineConfig({
  plugins: [react()],
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/test/patience.ts'],
    testTimeout: 60_000,
    // else the tests have one copy of it and the server that they start another
    server: { deps: { inline: ['graphql', 'graphql-ws'] } },
  },
});
