"""The pinned tokenizer of a tokenization, kept beside its tokens: for whoever asks later what they say."""

from pathlib import Path

from domain.adapters.files import link_or_copy, tree_size
from domain.errors import ErrorCode, WorldFailure
from workers.tokenizers import BYT5

# No split can be called so, for its name has no dash.
KEPT = "pinned-tokenizer"


def keep_tokenizer(reference: str, build: Path) -> None:
    """Put a pinned tokenizer's files into the folder `build` of a tokenization; what is built in needs none."""
    if reference == BYT5:
        return
    folder = Path(reference)
    for file in folder.rglob("*"):
        if file.is_file():
            link_or_copy(file, build / KEPT / file.relative_to(folder))


def kept_reference(tokenizer: str, tokenization: Path) -> str:
    """What `load_tokenizer` loads for a tokenization in a folder. TOKENIZER_NOT_FOUND where nothing was kept."""
    kept = tokenization / KEPT
    if tokenizer == BYT5:
        return BYT5
    if not kept.is_dir():
        message = "The tokenizer was not kept with this tokenization, which is an older one: tokenize again."
        raise WorldFailure(ErrorCode.TOKENIZER_NOT_FOUND, message)
    return str(kept)


def kept_bytes(reference: str) -> int:
    """How much of a tokenization's folder is its pinned tokenizer."""
    return 0 if reference == BYT5 else tree_size(Path(reference))
