import type { StorageKind } from '#graphql';

/** What storage is used for, in words. */
export const KINDS: Record<StorageKind, string> = {
  DATA: 'Rows',
  ORIGINALS: 'Files as they came',
  INDEX: 'Search index',
  TOKENIZATIONS: 'Tokenizations',
  EXPORTS: 'Exports',
  PARTIAL: 'Not whole yet',
};
