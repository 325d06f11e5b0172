import graphql from '@graphql-eslint/eslint-plugin';
import { defineConfig } from 'eslint/config';
import hooks from 'eslint-plugin-react-hooks';
import typescript from 'typescript-eslint';

const SCHEMA = 'api/schema.graphql';
const OPERATIONS = 'web/src/**/*.graphql';
const { rules: recommended } = graphql.configs['flat/schema-recommended'];
const { rules: relay } = graphql.configs['flat/schema-relay'];
const { rules: operations } = graphql.configs['flat/operations-recommended'];

const ofGraphql = {
  plugins: { '@graphql-eslint': graphql },
  languageOptions: {
    parser: graphql.parser,
    parserOptions: { graphQLConfig: { schema: SCHEMA, documents: OPERATIONS } },
  },
};

/** Run at the top of the project, which is where its paths begin. */
export default defineConfig(
  { ignores: ['**/dist/', '**/generated/', '**/node_modules/'] },
  {
    files: ['web/**/*.{ts,tsx}'],
    extends: [typescript.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
  },
  {
    ...hooks.configs.flat.recommended,
    files: ['web/src/**/*.{ts,tsx}'],
  },
  {
    ...ofGraphql,
    files: [SCHEMA],
    rules: {
      ...recommended,
      ...relay,
      // Nodes alone have an identity, as Relay has it; the other types are values.
      '@graphql-eslint/strict-id-in-types': 'off',
      // Connections list their nodes beside their edges, and values stand in plain lists.
      '@graphql-eslint/relay-edge-types': ['error', { listTypeCanWrapOnlyEdgeType: false }],
    },
  },
  { ...ofGraphql, files: [OPERATIONS], rules: { ...operations } },
);
