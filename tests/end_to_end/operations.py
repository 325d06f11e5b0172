"""The operations of the journey, as a client writes them."""

DOWNLOAD = """
mutation ($repository: String!, $splits: [String!], $allowDuplicate: Boolean) {
  downloadDataset(input: {repository: $repository, splits: $splits, allowDuplicate: $allowDuplicate}) {
    dataset { id status } job { id kind status } errors { code message } position replayed
  }
}"""

TOKENIZE = """
mutation ($dataset: ID!, $tokenizer: String!, $maxLength: Int) {
  tokenizeDataset(input: {datasetId: $dataset, tokenizer: $tokenizer, recipe: {maxLength: $maxLength}}) {
    tokenization { id status } job { id } errors { code message }
  }
}"""

LOOK = """
query ($repository: String!) {
  hubDataset(repository: $repository) {
    commit accessible configs { name splitCount } existing { id } error { code message }
  }
}"""

WATCH = """
subscription ($id: ID!) {
  datasetChanged(id: $id) {
    version status sizeBytes rowCount error { code message }
    progress { unit done total ratePerSecond secondsLeft fraction }
    searchIndex { status coverage progress { unit done total ratePerSecond } }
    tokenizations { nodes { id status progress { unit done total } error { code message } } }
  }
}"""

SAMPLES = """
query ($id: ID!, $first: Int, $after: String, $split: String) {
  dataset(id: $id) {
    samples(first: $first, after: $after, filter: {split: $split}) {
      totalCount pageInfo { hasNextPage endCursor } nodes { id split index text truncated wordCount row }
    }
  }
}"""

DATASET = """
query ($id: ID!) {
  dataset(id: $id) {
    status version rowCount sizeBytes path textColumn license
    source { ... on HubSource { repository revision commit config splits } }
    splits { name rowCount sizeBytes } columns { name type isText }
    error { code message retryable }
    statistics {
      rowCount wordCount characterCount meanWords medianWords minWords maxWords vocabularySize vocabularyIsExact
      histogram { from to count } bySplit { name rowCount wordCount }
    }
    tokenizations { nodes { id status path tokenizerCommit statistics {
      sequenceCount tokenCount sourceTokens keptTokens truncatedTokens filteredTokens tailTokens
      outputCells realCells specialCells overlapCells paddingCells vocabularyUsed
      histogram { from to count } } } }
    searchIndex { status coverage sizeBytes } jobs { nodes { kind status attempt } }
  }
}"""

INDEX = """
mutation ($id: ID!) {
  indexDataset(input: {datasetId: $id}) { job { id kind } replayed errors { code message } }
}"""

EVENTS = """
query ($after: Position, $first: Int) {
  events(after: $after, first: $first) {
    cursor caughtUp
    events { position stream version type subject summary cause run { kind attempt } data commandId correlationId }
  }
}"""

FOLLOW = """
subscription ($after: Position) {
  events(after: $after) { cursor caughtUp events { position stream version type } }
}"""

PLAN = """
query ($dataset: ID!, $tokenizer: String!, $maxLength: Int) {
  planTokenization(input: {datasetId: $dataset, tokenizer: $tokenizer, recipe: {maxLength: $maxLength}}) {
    sequenceCount tokenCount sizeBytes seconds truncatedShare paddingShare sampledRows
    warnings { code } error { code message } existing { id status }
  }
}"""

PLANNED = """
query ($id: ID!) {
  tokenization(id: $id) {
    status sizeBytes error { code message } statistics { sequenceCount tokenCount sourceTokens truncatedTokens }
    plan { sequenceCount tokenCount sizeBytes seconds truncatedShare paddingShare sampledRows warnings { code } }
  }
}"""

EXPORT = """
mutation ($id: ID!) {
  exportTokenization(input: {tokenizationId: $id, format: PARQUET}) {
    export { id } job { id } replayed errors { code message } }
}"""
EXPORTS = """
query ($id: ID!) {
  tokenization(id: $id) { exports { id status sizeBytes error { code message }
    job { kind status attempt tokenization { id } } files { name split rowCount sizeBytes sha256 url } } }
}"""
