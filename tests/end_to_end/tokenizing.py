"""Tokenizations of a running service, asked for with any recipe."""

from pathlib import Path
from typing import Any

from api.ids import key_of
from tests.api.operations import RECIPE
from tests.end_to_end.service import Service, until

TOKENIZE = """
mutation ($dataset: ID!, $tokenizer: String!, $recipe: TokenizationRecipeInput!) {
  tokenizeDataset(input: {datasetId: $dataset, tokenizer: $tokenizer, recipe: $recipe}) {
    tokenization { id } job { id } replayed errors { message }
  }
}"""
TOKENIZATION = (
    """
query ($id: ID!) {
  tokenization(id: $id) {
    status path error { code message } skipped(first: 10) { split row code reason } recipe """
    + RECIPE
    + """
    statistics { sequenceCount tokenCount sourceTokens keptTokens truncatedTokens filteredTokens tailTokens
      outputCells realCells specialCells overlapCells paddingCells skippedSamples }
  }
}"""
)


class Tokenizing:
    """A tokenization of the dataset `dataset_id`, from its request on. `job` is the key of its job."""

    def __init__(self, service: Service, dataset_id: str, tokenizer: str, recipe: dict[str, Any]) -> None:
        asked = service.ask(TOKENIZE, dataset=dataset_id, tokenizer=tokenizer, recipe=recipe)
        answer = asked["tokenizeDataset"]
        assert (answer["errors"], answer["replayed"]) == ([], False)
        self.service, self.dataset_id, self.id = service, dataset_id, answer["tokenization"]["id"]
        self.job = str(key_of("Job", answer["job"]["id"]))

    def look(self) -> dict[str, Any]:
        found: dict[str, Any] = self.service.ask(TOKENIZATION, id=self.id)["tokenization"]
        return found

    def over(self) -> dict[str, Any]:
        """What it has come to."""
        until(lambda: self.look()["status"] in ("READY", "FAILED"))
        return self.look()

    def folder(self) -> Path:
        """The output, once it is READY."""
        found = self.over()
        assert found["status"] == "READY", found
        return Path(found["path"])
