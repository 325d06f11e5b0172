import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

import { compressed } from './compressed.ts';

const SERVICE = 'http://127.0.0.1:8000';

/** Each page is an entry of its own: the playground and its editors are never part of the web client's start. */
export default defineConfig({
  plugins: [react(), tailwind(), compressed()],
  build: {
    target: 'es2023',
    outDir: 'dist',
    // what is written into a style sheet or a script as data would need a policy of its own
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: { client: 'index.html', playground: 'playground.html' },
      // hints to a compiler that has run: nobody misses them in a bundle
      onLog: (level, log, tell) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') tell(level, log);
      },
    },
    chunkSizeWarningLimit: 4_000, // kB: Monaco, the editor of the playground
  },
  worker: { format: 'es' },
  server: { proxy: { '/graphql': { target: SERVICE, ws: true }, '/uploads': SERVICE } },
});
