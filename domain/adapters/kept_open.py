"""What is kept of the files of datasets from one answer to the next: mapped, or counted, within bounds."""

from dataclasses import dataclass, field
from pathlib import Path

from domain.adapters.samples import SampleFolders
from domain.adapters.search_indexes import SearchIndexes
from domain.adapters.token_lengths import TokenLengths


@dataclass(frozen=True, slots=True)
class KeptOpen:
    """Safe to share between threads."""

    samples: SampleFolders = field(default_factory=SampleFolders)
    indexes: SearchIndexes = field(default_factory=SearchIndexes)
    tokens: TokenLengths = field(default_factory=TokenLengths)

    def forget(self, home: Path) -> None:
        """Let go of all below `home`: until then the disk keeps what was removed of it."""
        self.samples.forget(home)
        self.indexes.forget(home)
        self.tokens.forget(home)
