"""Finding, pinning and loading tokenizers, the Hub's over real HTTP."""

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer, ByT5Tokenizer

from domain.errors import ErrorCode, WorldFailure
from tests import tokenizers as made
from tests.hub import Hub
from workers.tokenizers import BYT5, Pinned, is_tokenizer_file, load_tokenizer, pin_tokenizer

SECRET = "hf_planted"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tokenizers")
    made.save_bpe(root / "group" / "bpe")
    (root / "group" / "bpe" / "model.safetensors").write_bytes(b"weights are not wanted")
    (root / "group" / "bpe" / "own.py").write_text("raise SystemExit('code is not wanted')")
    return root


@pytest.fixture
def hub(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """One open repository and one that wants a token."""
    folder = tmp_path / "hub"
    shutil.copytree(root / "group" / "bpe", folder / "models" / "acme" / "bpe")
    shutil.copytree(root / "group" / "bpe", folder / "models" / "acme" / "gated")
    (folder / "models" / "acme" / "gated" / ".hub.json").write_text(f'{{"gated": "auto", "readers": ["{SECRET}"]}}')
    (folder / "models" / "acme" / "weights").mkdir()
    (folder / "models" / "acme" / "weights" / "model.safetensors").write_bytes(b"weights alone")
    with Hub(folder) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub


def pin(name: str, work: Path, **changes: Any) -> Pinned:
    asked: dict[str, Any] = {"revision": None, "root": None, "token": None}
    return pin_tokenizer(name, work=work, **asked | changes)


def failure_of(name: str, work: Path, **changes: Any) -> WorldFailure:
    with pytest.raises(WorldFailure) as failed:
        pin(name, work, **changes)
    assert not list(work.glob("*")), "a refusal leaves nothing"
    return failed.value


def ids(tokenizer: Any, text: str) -> list[int]:
    found: list[int] = tokenizer(text)["input_ids"]
    return found


def test_a_folder_is_pinned_by_its_tokenizer_files_alone(root: Path, tmp_path: Path) -> None:
    # given a folder with weights and code beside the tokenizer
    # when it is pinned
    pinned = pin("file:group/bpe", tmp_path / "work", root=str(root))

    # then the tokenizer's files are copied, nothing else, under their hash
    folder = tmp_path / "work" / str(pinned.folder)
    assert {path.name for path in folder.iterdir()} == {"tokenizer.json", "tokenizer_config.json", "pinned.json"}
    assert [len(pinned.commit), pinned.folder] == [64, f"tokenizer-{pinned.commit[:16]}"]
    assert ids(load_tokenizer(str(folder)), "A text.") == ids(
        AutoTokenizer.from_pretrained(root / "group/bpe"), "A text."
    )


def test_the_pin_of_a_folder_changes_with_what_the_tokenizer_is_and_with_nothing_else(tmp_path: Path) -> None:
    folder = made.save_bpe(tmp_path / "root" / "bpe")

    def commit(work: str) -> str:
        return pin("file:bpe", tmp_path / work, root=str(tmp_path / "root")).commit

    first = commit("a")
    (folder / "README.md").write_text("Words.")
    second = commit("b")
    (folder / "special_tokens_map.json").write_text("{}")

    assert [first == second, first == commit("c")] == [True, False]


def test_pinning_again_finds_what_is_there(root: Path, tmp_path: Path) -> None:
    first, second = (pin("file:group/bpe", tmp_path, root=str(root)) for _ in range(2))

    assert first == second
    assert [path.name for path in tmp_path.iterdir()] == [first.folder]


def test_only_files_at_the_top_and_chat_templates_belong_to_a_tokenizer() -> None:
    wanted = ["tokenizer.json", "vocab.txt", "merges.txt", "spiece.model", "additional_chat_templates/tools.jinja"]
    unwanted = ["model.safetensors", "own.py", "onnx/tokenizer.json", "additional_chat_templates/../../out.jinja", "/a"]

    assert [path for path in wanted + unwanted if is_tokenizer_file(path)] == wanted


def test_a_folder_linked_within_the_root_is_found(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "root")
    (tmp_path / "root" / "alias").symlink_to(tmp_path / "root" / "group" / "bpe")

    assert pin("file:alias", tmp_path / "work", root=str(tmp_path / "root")).commit


@pytest.mark.parametrize(
    "path",
    [
        "",
        "..",
        "../outside",
        "group/../../outside",
        "missing",
        "group/bpe/tokenizer.json",
        "out",
        "nul\0byte",
        "{outside}",
    ],
)
def test_no_path_leaves_the_folder_of_tokenizers(root: Path, tmp_path: Path, path: str) -> None:
    # given a tokenizer outside the root, and a link in the root that leads there
    shutil.copytree(root, tmp_path / "root")
    shutil.copytree(root / "group" / "bpe", tmp_path / "outside")
    (tmp_path / "root" / "out").symlink_to(tmp_path / "outside")

    # when it is asked for in some way, then it is not found
    asked = path.format(outside=tmp_path / "outside")
    failed = failure_of(f"file:{asked}", tmp_path / "work", root=str(tmp_path / "root"))
    assert (failed.code, failed.retryable) == (ErrorCode.TOKENIZER_NOT_FOUND, False)


def test_a_file_that_is_a_link_out_of_the_root_is_refused(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "root")
    (tmp_path / "secret.json").write_text("{}")
    (tmp_path / "root" / "group" / "bpe" / "vocab.json").symlink_to(tmp_path / "secret.json")

    failed = failure_of("file:group/bpe", tmp_path / "work", root=str(tmp_path / "root"))
    assert failed.code is ErrorCode.TOKENIZER_NOT_FOUND
    assert "vocab.json" in failed.message


def test_without_a_folder_of_tokenizers_the_setting_is_named(tmp_path: Path) -> None:
    for unset in (None, str(tmp_path / "nowhere")):
        assert "MISTUDIO_TOKENIZERS" in failure_of("file:bpe", tmp_path / "work", root=unset).message


def test_byt5_is_built_in_and_needs_no_files(tmp_path: Path) -> None:
    assert pin(BYT5, tmp_path / "work") == Pinned(BYT5, "builtin", None)
    assert not (tmp_path / "work").exists()
    assert ids(load_tokenizer(BYT5), "é") == ids(ByT5Tokenizer(), "é")


@pytest.mark.parametrize("name", ["", "a/b/c", "../bpe", "/etc", "builtin:gpt2", "https://x.y/z", "a--b", "a b", "x\n"])
def test_any_other_name_is_refused_with_the_names_there_are(tmp_path: Path, name: str) -> None:
    failed = failure_of(name, tmp_path / "work")

    assert failed.code is ErrorCode.INVALID_INPUT
    assert 'use "owner/name" of the Hub, "file:<folder>" or "builtin:byt5"' in failed.message


@pytest.mark.parametrize("name", [BYT5, "file:group/bpe"])
def test_what_is_not_of_the_hub_has_no_revision(root: Path, tmp_path: Path, name: str) -> None:
    assert failure_of(name, tmp_path / "work", root=str(root), revision="main").code is ErrorCode.INVALID_INPUT


def test_remote_code_is_refused_and_never_run(tmp_path: Path) -> None:
    # given a tokenizer that is code
    made.save_remote_code(tmp_path / "root" / "own", tmp_path / "trace")
    pinned = pin("file:own", tmp_path / "work", root=str(tmp_path / "root"))

    # when it is loaded, then that is refused in a sentence, and nothing ran
    with pytest.raises(WorldFailure, match="needs Python code of its own") as refused:
        load_tokenizer(str(tmp_path / "work" / str(pinned.folder)))
    assert refused.value.code is ErrorCode.TOKENIZER_NOT_FOUND
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("tokenizer.json", '{"model": {"type": "Nothing"}}', "cannot be loaded"),
        ("tokenizer.json", "not json", "cannot be loaded"),
        ("config.json", '{"model_type": "gpt2"}', "has no vocabulary"),
    ],
)
def test_a_tokenizer_that_is_broken_is_refused(tmp_path: Path, file: str, content: str, says: str) -> None:
    folder = tmp_path / "root" / "broken"
    folder.mkdir(parents=True)
    (folder / file).write_text(content)
    pinned = pin("file:broken", tmp_path / "work", root=str(tmp_path / "root"))

    with pytest.raises(WorldFailure, match=says) as refused:
        load_tokenizer(str(tmp_path / "work" / str(pinned.folder)))
    assert refused.value.code is ErrorCode.TOKENIZER_NOT_FOUND


def test_a_tokenizer_of_the_hub_is_pinned_by_commit(hub: Hub, root: Path, tmp_path: Path) -> None:
    # given a repository whose main moves on after it was pinned
    pinned = pin("acme/bpe", tmp_path / "work")
    before = hub.commit_of("acme/bpe", "models")
    (hub.folder / "models" / "acme" / "bpe" / "special_tokens_map.json").write_text("{}")
    after = pin("acme/bpe", tmp_path / "work")

    # when the first commit is asked for again, then it is the first tokenizer
    assert pinned.commit == before != after.commit
    assert pin("acme/bpe", tmp_path / "again", revision=before).commit == before
    folder = tmp_path / "again" / f"tokenizer-{before[:16]}"
    assert {path.name for path in folder.iterdir()} == {"tokenizer.json", "tokenizer_config.json", "pinned.json"}
    assert ids(load_tokenizer(str(folder)), "A text.") == ids(
        AutoTokenizer.from_pretrained(root / "group/bpe"), "A text."
    )
    assert not hub.body_requests("model.safetensors")


def test_a_gated_tokenizer_needs_the_token_of_a_reader(hub: Hub, tmp_path: Path) -> None:
    assert failure_of("acme/gated", tmp_path / "a").code is ErrorCode.AUTHENTICATION_REQUIRED
    assert failure_of("acme/gated", tmp_path / "b", token="hf_other").code is ErrorCode.ACCESS_DENIED

    pinned = pin("acme/gated", tmp_path / "c", token=SECRET)

    kept = (path.read_bytes() for path in (tmp_path / "c" / str(pinned.folder)).iterdir())
    assert not any(SECRET.encode() in content for content in kept)


@pytest.mark.parametrize(
    ("name", "revision", "code"),
    [
        ("acme/nothing", None, ErrorCode.TOKENIZER_NOT_FOUND),
        ("acme/weights", None, ErrorCode.TOKENIZER_NOT_FOUND),
        ("acme/bpe", "no-such", ErrorCode.REVISION_NOT_FOUND),
    ],
)
def test_what_the_hub_does_not_have_is_told(
    hub: Hub, tmp_path: Path, name: str, revision: str | None, code: ErrorCode
) -> None:
    failed = failure_of(name, tmp_path / "work", revision=revision)

    assert (failed.code, failed.retryable) == (code, False)


def test_the_hub_s_own_troubles_can_be_retried(hub: Hub, tmp_path: Path) -> None:
    hub.fail("*/resolve/*/tokenizer.json", status=503, times=1)
    assert failure_of("acme/bpe", tmp_path / "work").code is ErrorCode.HUB_UNAVAILABLE

    hub.fail("*/resolve/*/tokenizer.json", damage_at=100, times=1)
    failed = failure_of("acme/bpe", tmp_path / "work")
    assert (failed.code, failed.retryable) == (ErrorCode.CHECKSUM_MISMATCH, True)

    assert pin("acme/bpe", tmp_path / "work").commit


def test_a_hub_that_cannot_be_reached_can_be_retried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{taken.getsockname()[1]}")
        failed = failure_of("acme/bpe", tmp_path / "work")

    assert (failed.code, failed.retryable) == (ErrorCode.HUB_UNAVAILABLE, True)
