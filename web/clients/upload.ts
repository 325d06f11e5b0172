/**
 * An uploader: `upload.ts ADDRESS FILE NAME` sends the file with tus-js-client, tells `{"sent"}` as lines of JSON while it
 * does and `{"url"}` in the end. A line "pause" on its input pauses it, `{"paused"}` says so, and "resume" goes on.
 */
import { createReadStream } from 'node:fs';
import { argv, stdin } from 'node:process';
import { createInterface } from 'node:readline';

import { Upload } from 'tus-js-client';

const [endpoint, path, filename] = argv.slice(2);
if (endpoint === undefined || path === undefined || filename === undefined) throw new Error('name address, file, name');

const tell = (told: object): void => {
  console.log(JSON.stringify(told));
};
const orders = createInterface({ input: stdin });
const upload = new Upload(createReadStream(path), {
  endpoint,
  metadata: { filename, filetype: 'text/plain' },
  retryDelays: [0, 500, 1000, 2000, 2000, 2000, 2000, 2000, 2000, 2000],
  onProgress: (sent) => {
    tell({ sent });
  },
  onError: (error) => {
    throw error;
  },
  onSuccess: () => {
    tell({ url: upload.url });
    orders.close();
  },
});
orders.on('line', (order) => {
  if (order === 'resume') upload.start();
  else void upload.abort().then(() => { tell({ paused: true }); });
});
upload.start();
