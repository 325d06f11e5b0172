/**
 * A subscriber: `subscribe.ts graphql-ws|graphql-sse ADDRESS DOCUMENT VARIABLES COUNT` tells COUNT results as lines of
 * JSON, or those until the operation completes. graphql-sse uses distinct connections, its default.
 */
import { argv } from 'node:process';

import * as sse from 'graphql-sse';
import * as ws from 'graphql-ws';
import WebSocket from 'ws';

const [protocol, url, query, variables, count] = argv.slice(2);
if (url === undefined || query === undefined) throw new Error('name the protocol, the address and the document');

const client =
  protocol === 'graphql-ws'
    ? ws.createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 })
    : sse.createClient({ url, retryAttempts: 0 });
const results = client.iterate({ query, variables: JSON.parse(variables ?? '{}') as Record<string, unknown> });
let told = 0;
for await (const result of results) {
  console.log(JSON.stringify(result));
  told += 1;
  if (told === Number(count)) break;
}
await client.dispose();
