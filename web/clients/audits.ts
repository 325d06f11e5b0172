/** Runs every server audit of graphql-http against the address, and tells each result as a line of JSON. */
import { argv } from 'node:process';

import { serverAudits } from 'graphql-http';

const [url] = argv.slice(2);
if (url === undefined) throw new Error('name the address of the API');

for (const audit of serverAudits({ url })) {
  const result = await audit.fn();
  const reason = result.status === 'ok' ? null : result.reason;
  console.log(JSON.stringify({ id: audit.id, name: audit.name, status: result.status, reason }));
}
