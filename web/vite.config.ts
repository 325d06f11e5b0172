import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

import { compressed } from './compressed.ts';

/** Each page is an entry of its own: the playground and its editors are never part of the web client's start. */
export default defineConfig({
  plugins: [react(), compressed()],
  build: {
    target: 'es2023',
    outDir: 'dist',
    rolldownOptions: {
      input: { playground: 'playground.html' },
      // hints to a compiler that has run: nobody misses them in a bundle
      onLog: (level, log, tell) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') tell(level, log);
      },
    },
    chunkSizeWarningLimit: 4_000, // kB: Monaco, the editor of the playground
  },
  worker: { format: 'es' },
  server: { proxy: { '/graphql': { target: 'http://127.0.0.1:8000', ws: true } } },
});
