/** Fails when the schema (the second file) breaks a client of the last release's (the first). */
import { readFile } from 'node:fs/promises';
import { argv, exit } from 'node:process';

import { buildSchema, findBreakingChanges } from 'graphql';

const [released, current] = argv.slice(2);
if (released === undefined || current === undefined) throw new Error('name the released schema and the current one');

const read = async (path: string) => buildSchema(await readFile(path, 'utf8'));
const changes = findBreakingChanges(await read(released), await read(current));
for (const { type, description } of changes) console.error(`${type}: ${description}`);
if (changes.length > 0) {
  console.error(`${String(changes.length)} changes of the schema break clients of ${released}`);
  exit(1);
}
