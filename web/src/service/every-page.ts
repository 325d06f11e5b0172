interface Page<Node> {
  readonly nodes: readonly Node[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** The nodes of every page, the first of which lies behind `after`; null where one did not come. */
export async function everyPage<Node>(
  load: (after: string | null) => Promise<Page<Node> | null | undefined>,
  after: string | null = null,
): Promise<readonly Node[] | null> {
  const found: Node[] = [];
  let behind = after;
  do {
    const page = await load(behind);
    if (!page) return null;
    found.push(...page.nodes);
    behind = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (behind !== null);
  return found;
}
