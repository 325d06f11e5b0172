import type { DatasetCardFragment } from '#graphql';

type Source = DatasetCardFragment['source'];
type Describe<Kind extends Source['__typename']> = (source: Extract<Source, { __typename: Kind }>) => string;

const DESCRIBED: { [Kind in Source['__typename']]: Describe<Kind> } = {
  HubSource: ({ repository, config, splits, files, maxRows, maxBytes }) => {
    const parts = [config, splits?.join(', '), files?.join(', '), maxRows === null && maxBytes === null ? null : 'a part'];
    return [repository, ...parts.filter(Boolean)].join(' · ');
  },
  UploadSource: ({ fileName, format }) => `${fileName} · ${format}`,
  ImportSource: ({ path, format }) => `${path} · ${format}`,
};

/** Where a dataset came from, in a line. */
export function sourceLine(source: Source): string {
  const describe = DESCRIBED[source.__typename] as (source: Source) => string;
  return describe(source);
}
