/** Writes `generated/graphql.ts`: the operations of `src` with the types that the schema gives them. */
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';

import { codegen } from '@graphql-codegen/core';
import * as documents from '@graphql-codegen/typed-document-node';
import * as operations from '@graphql-codegen/typescript-operations';
import { buildSchema, parse } from 'graphql';

const HERE = import.meta.dirname;
const FOLDER = `${HERE}/generated`;

const schema = readFileSync(`${HERE}/../api/schema.graphql`, 'utf8');
const files = globSync('src/**/*.graphql', { cwd: HERE, exclude: ['src/playground/**'] });
const read = (file: string) => ({ location: file, document: parse(readFileSync(`${HERE}/${file}`, 'utf8'), { noLocation: true }) });

const config = {
  scalars: { BigInt: 'number', DateTime: 'string', Position: 'string', JSON: 'unknown', Upload: 'File' },
  enumType: 'string-literal',
  useTypeImports: true,
  immutableTypes: true,
  dedupeFragments: true,
  optimizeDocumentNode: true,
};

const written = await codegen({
  filename: 'graphql.ts',
  schema: parse(schema),
  schemaAst: buildSchema(schema),
  documents: files.sort().map(read),
  config,
  plugins: [{ operations: {} }, { documents: {} }],
  pluginMap: { operations, documents },
});

mkdirSync(FOLDER, { recursive: true });
writeFileSync(`${FOLDER}/graphql.ts`, written);
