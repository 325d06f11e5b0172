"""The mutations, as a client writes them."""

from api.ids import global_id

DOWNLOAD = """
mutation ($input: DownloadDatasetInput!) {
  downloadDataset(input: $input) {
    dataset { id name status version tags } job { id kind status dataset { id } } position replayed
    errors { __typename message code path ... on DuplicateDatasetError { dataset { id name } } }
  }
}"""
IMPORT = """
mutation ($input: ImportDatasetInput!) {
  importDataset(input: $input) {
    dataset { id name status source { ... on ImportSource { path format sizeBytes } } } job { id kind status }
    position replayed errors { __typename message code path }
  }
}"""
TOKENIZE = """
mutation ($input: TokenizeDatasetInput!) {
  tokenizeDataset(input: $input) {
    tokenization { id status tokenizer recipe { maxLength addSpecialTokens splits } } job { id kind }
    dataset { id version } position replayed
    errors { __typename message code path
      ... on InvalidTransitionError { status } ... on VersionConflictError { currentVersion } }
  }
}"""
INDEX = """
mutation ($input: IndexDatasetInput!) {
  indexDataset(input: $input) {
    dataset { id status version searchIndex { status } } job { id kind status attempt } position replayed
    errors { __typename message code path
      ... on InvalidTransitionError { status } ... on VersionConflictError { currentVersion } }
  }
}"""
EXPORT = """
mutation ($input: ExportTokenizationInput!) {
  exportTokenization(input: $input) {
    export { id status format } job { id kind status attempt tokenization { id } } tokenization { id }
    dataset { id version } position replayed
    errors { __typename message code path
      ... on InvalidTransitionError { status } ... on VersionConflictError { currentVersion } }
  }
}"""
CANCEL = """
mutation ($input: CancelJobInput!) {
  cancelJob(input: $input) {
    job { id status } dataset { status version } position replayed
    errors { __typename code path
      ... on InvalidTransitionError { status } ... on VersionConflictError { currentVersion } }
  }
}"""
RETRY = """
mutation ($input: RetryJobInput!) {
  retryJob(input: $input) {
    job { id status attempt } dataset { status error { code } } replayed
    errors { __typename code path
      ... on InvalidTransitionError { status } ... on DuplicateDatasetError { dataset { id } } }
  }
}"""
TRASH = """
mutation ($input: DeleteDatasetInput!) {
  deleteDataset(input: $input) {
    dataset { id status version } job { id kind status dataset { id } } position replayed
    errors { __typename message code path ... on InUseError { usedBy }
      ... on InvalidTransitionError { status } ... on VersionConflictError { currentVersion } }
  }
}"""
RESTORE = """
mutation ($input: RestoreDatasetInput!) {
  restoreDataset(input: $input) {
    dataset { id status version lastUsedAt tokenizations { nodes { id status } } } position replayed
    errors { __typename message code path ... on DuplicateDatasetError { dataset { id } }
      ... on InvalidTransitionError { status } ... on VersionConflictError { currentVersion } }
  }
}"""

DESCRIBE = """
mutation ($input: DescribeDatasetInput!) {
  describeDataset(input: $input) {
    dataset { id name tags notes language version status jobs { nodes { kind status } } } position replayed
    errors { __typename message code path
      ... on InvalidTransitionError { status } ... on VersionConflictError { currentVersion } }
  }
}"""

DELETE_TOKENS = """
mutation ($input: DeleteTokenizationInput!) {
  deleteTokenization(input: $input) {
    tokenizationId job { id kind status tokenization { id } } dataset { id version status tokenizations { totalCount } }
    position replayed
    errors { __typename message code path ... on InUseError { usedBy }
      ... on InvalidTransitionError { status } ... on VersionConflictError { currentVersion } }
  }
}"""
DELETE_MANY = """
mutation ($input: DeleteDatasetsInput!) {
  deleteDatasets(input: $input) {
    datasets { id status } bytesFreed position replayed
    refused { __typename message code path ... on InUseError { usedBy } ... on InvalidTransitionError { status } }
    errors { __typename message code path }
  }
}"""
REFERENCED = """
    dataset { id version references lastUsedAt } position replayed
    errors { __typename message code path
      ... on InvalidTransitionError { status } ... on VersionConflictError { currentVersion } }"""
REFERENCE = f"mutation ($input: ReferenceDatasetInput!) {{ referenceDataset(input: $input) {{ {REFERENCED} }} }}"
RELEASE = f"mutation ($input: ReleaseDatasetInput!) {{ releaseDataset(input: $input) {{ {REFERENCED} }} }}"

RECIPE = """{ mode maxLength stride padding padToken addSpecialTokens beginToken endOfDocumentToken separatorToken tail
  textColumns template chatColumn splits minTokens onError }"""
SAVE = (
    """
mutation ($input: SavePresetInput!) {
  savePreset(input: $input) {
    preset { id name tokenizer version recipe """
    + RECIPE
    + """ } position replayed
    errors { __typename message code path ... on VersionConflictError { currentVersion } }
  }
}"""
)
DELETE = """
mutation ($input: DeletePresetInput!) {
  deletePreset(input: $input) {
    presetId position replayed errors { __typename code path ... on VersionConflictError { currentVersion } }
  }
}"""
PRESETS = """
query ($first: Int, $after: String, $last: Int, $before: String) {
  presets(first: $first, after: $after, last: $last, before: $before) {
    totalCount nodes { id name } pageInfo { hasNextPage endCursor startCursor }
  }
}"""


def download(api, repository="acme/english", **given):
    return api.ask(DOWNLOAD, input={"repository": repository, **given})


def export(api, tokenization_id, **given):
    id_ = global_id("Tokenization", tokenization_id)
    return api.ask(EXPORT, input={"tokenizationId": id_, "format": "PARQUET", **given})


def index(api, dataset_id, **given):
    return api.ask(INDEX, input={"datasetId": global_id("Dataset", dataset_id), **given})


def tokenize(api, dataset_id, tokenizer="builtin:byt5", **given):
    return api.ask(TOKENIZE, input={"datasetId": global_id("Dataset", dataset_id), "tokenizer": tokenizer, **given})


def describe(api, dataset_id, **given):
    return api.ask(DESCRIBE, input={"datasetId": global_id("Dataset", dataset_id), **given})


def trash(api, dataset_id, **given):
    return api.ask(TRASH, input={"datasetId": global_id("Dataset", dataset_id), **given})


def delete_tokens(api, tokenization_id, **given):
    return api.ask(DELETE_TOKENS, input={"tokenizationId": global_id("Tokenization", tokenization_id), **given})


def delete_many(api, *dataset_ids, **given):
    named = {"datasetIds": [global_id("Dataset", key) for key in dataset_ids]} if dataset_ids else {}
    return api.ask(DELETE_MANY, input={**named, **given})


def reference(api, dataset_id, name="training/42", **given):
    return api.ask(REFERENCE, input={"datasetId": global_id("Dataset", dataset_id), "reference": name, **given})


def release(api, dataset_id, name="training/42", **given):
    return api.ask(RELEASE, input={"datasetId": global_id("Dataset", dataset_id), "reference": name, **given})


def restore(api, dataset_id, **given):
    return api.ask(RESTORE, input={"datasetId": global_id("Dataset", dataset_id), **given})


def save(api, name="short", **given):
    return api.ask(SAVE, input={"name": name, **given})
