"""Plans of tokenizations, as a client asks for them."""

from api.ids import global_id
from tests.api.client import Client
from tests.api.stories import Story

FIGURES = "sequenceCount tokenCount sizeBytes seconds truncatedShare paddingShare sampledRows"
REST = "warnings { code message } error { code message retryable errorId } existing { id status }"
PLAN = f"query ($input: TokenizeDatasetInput!) {{ planTokenization(input: $input) {{ {FIGURES} {REST} }} }}"
OF_TOKENIZATION = f"query ($id: ID!) {{ tokenization(id: $id) {{ plan {{ {FIGURES} {REST} }} }} }}"
BYT5 = "builtin:byt5"
ROWS = {"train": [{"text": "aé"}, {"text": ""}, {"text": "a longer text than sixteen"}], "test": [{"text": "b"}]}
NOTHING = dict.fromkeys(FIGURES.split()) | {"sampledRows": 0}


def plan(api: Client, story: Story, tokenizer: str | None = BYT5, recipe: object = None, **given: object):
    recipe = {"maxLength": 16} if recipe is None else recipe
    tokenizers = {} if tokenizer is None else {"tokenizer": tokenizer}
    id_ = global_id("Dataset", story.id)
    return api.ask(PLAN, input={"datasetId": id_, "recipe": recipe, **tokenizers, **given})


def code(found) -> str | None:
    return found["error"] and found["error"]["code"]


def figures(found):
    return {name: found[name] for name in FIGURES.split()}
