"""What may be asked about how a dataset is described."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeDataset:
    """Say of the dataset what `changes` has: `name`, `tags`, `notes` and `language`, each only where it is given; None
    takes notes or the language away. `text_column` is what is read as text from now on; None: it stays."""

    dataset_id: str
    changes: Mapping[str, Any]
    text_column: str | None = None
