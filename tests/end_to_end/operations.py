"""The operations of the journey, as a client writes them."""

DOWNLOAD = """
mutation ($repository: String!, $splits: [String!]) {
  downloadDataset(input: {repository: $repository, splits: $splits}) {
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

RUNNING_JOBS = "{ jobs(filter: {status: [RUNNING]}) { nodes { kind } } }"

WATCH = """
subscription ($id: ID!) {
  datasetChanged(id: $id) {
    version status sizeBytes rowCount error { code message }
    progress { unit done total ratePerSecond secondsLeft fraction }
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
    jobs { nodes { kind status attempt } }
  }
}"""

EVENTS = """
query ($after: Position, $first: Int) {
  events(after: $after, first: $first) {
    cursor caughtUp events { position stream version type summary data commandId correlationId }
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
