"""Search indexes are opened once, shared, found damaged, and let go of."""

import gc
import os
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from domain.adapters.search_damage import DamagedIndex
from domain.adapters.search_indexes import SearchIndex, SearchIndexes
from domain.adapters.search_terms import Query, Term
from domain.adapters.search_words import found_words
from tests.workers.indexes import build_index, built_parts, write_texts

COUNT = 2_000
TEXTS = [f"row {number} of the table, {'even' if number % 2 == 0 else 'odd'}" for number in range(COUNT)]


SEARCHED = {".bin", ".idx", ".term", ".pos", ".fast"}


def term_of(text: str, *, is_prefix: bool = False) -> Term:
    return Term([found.word for found in found_words(text)], is_prefix)


def total(index: SearchIndex, text: str, *, is_prefix: bool = False) -> int:
    term = term_of(text, is_prefix=is_prefix)
    return sum(int(np.bitwise_count(part.having(term)).sum()) for part in index.parts)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_texts(tmp_path_factory.mktemp("texts") / "data", {"train": {"text": TEXTS}})


@pytest.fixture(scope="module")
def built(dataset: Path) -> Path:
    build_index(dataset, dataset.with_name("built"), ["text"], COUNT, part_bytes=30_000)
    return dataset.with_name("built")


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "home" / "index-1-1"))


def wait_for(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_refused(indexes: SearchIndexes, folder: Path) -> bool:
    try:
        indexes.open(folder)
    except DamagedIndex as damaged:
        return damaged.path.is_relative_to(folder)
    return False


def test_an_index_is_opened_once_and_the_oldest_are_let_go(folder: Path, dataset: Path) -> None:
    other = folder.with_name("index-2-1")
    build_index(dataset, other, ["text"], COUNT)
    two, one, few_parts = SearchIndexes(kept=2), SearchIndexes(kept=1), SearchIndexes(parts_kept=1)
    for indexes in (two, one, few_parts):
        first = indexes.open(folder)
        assert indexes.open(folder) is first
        indexes.open(other)
        assert (indexes.open(folder) is first) == (indexes is two)


def test_finished_parts_are_searched_while_others_are_built(dataset: Path, tmp_path: Path) -> None:
    ledgers = built_parts(dataset, tmp_path / "work", ["text"], part_bytes=30_000)
    folders = [Path(ledger["file"]) for ledger in ledgers]
    indexes = SearchIndexes()
    assert len(folders) > 2
    assert indexes.open_parts([], COUNT).indexed == 0
    some = indexes.open_parts(folders[:2], COUNT)
    assert (some.rows, some.indexed, total(some, "row")) == (COUNT, ledgers[1]["stop"], ledgers[1]["stop"])
    more = indexes.open_parts(folders, COUNT)
    assert more.parts[:2] == some.parts
    assert indexes.open_parts(folders, COUNT) is more
    assert total(more, "of the table") == COUNT


@pytest.mark.parametrize("name", ["index.json", *(f"part-00001/{name}" for name in ("part.json", "rows.bin"))])
@pytest.mark.parametrize("damage", ["gone", "shorter", "empty"])
def test_what_is_missing_or_cut_is_damage(folder: Path, name: str, damage: str) -> None:
    content = (folder / name).read_bytes()
    (folder / name).unlink()
    if damage != "gone":
        (folder / name).write_bytes(content[:-1] if damage == "shorter" else b"")
    assert is_refused(SearchIndexes(), folder)


@pytest.mark.parametrize("damage", ["gone", "cut"])
def test_what_is_lost_of_an_open_index_is_damage_before_anything_is_read(folder: Path, damage: str) -> None:
    indexes = SearchIndexes()
    assert total(indexes.open(folder), "row") == COUNT
    rows = folder / "part-00001" / "rows.bin"
    if damage == "gone":
        rows.unlink()
    else:
        os.truncate(rows, 10)  # in place: where it is mapped there is nothing to be read any more
    assert is_refused(indexes, folder)
    assert is_refused(indexes, folder), "and it is open no more"


@pytest.mark.parametrize("name", ["part.json", "rows.bin", "text/meta.json", "text/*.idx", "text/*.term", "text/*.pos"])
def test_a_changed_byte_is_damage_sooner_or_later(folder: Path, name: str) -> None:
    (file,) = (folder / "part-00001").glob(name)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)
    indexes = SearchIndexes()
    wait_for(lambda: is_refused(indexes, folder))
    assert is_refused(indexes, folder)


@pytest.mark.parametrize("seed", range(12))
def test_searching_what_is_damaged_answers_or_says_so(folder: Path, seed: int) -> None:
    files = [path for path in sorted((folder / "part-00000").rglob("*")) if path.suffix in SEARCHED]
    file, random = files[seed % len(files)], np.random.default_rng(seed)
    content = bytearray(file.read_bytes())
    for place in random.integers(0, len(content), 40).tolist():
        content[place] ^= int(random.integers(1, 256))
    file.write_bytes(content)
    with suppress(DamagedIndex):
        (part, *_) = SearchIndex.open(folder).parts
        for text in ("row", "of the table", "17", "table even", "row 17 of the"):
            assert len(part.having(term_of(text))) == (part.rows + 7) // 8
            part.having(term_of(text, is_prefix=True))
            part.best(Query([[term_of(text)]]), 10)


def test_nothing_of_a_forgotten_index_stays_mapped(folder: Path) -> None:
    indexes = SearchIndexes()
    gc.disable()
    try:
        assert total(indexes.open(folder), "row") == COUNT
        indexes.open(folder).parts[0].best(Query([[term_of("table")]]), 10)
        assert str(folder) in Path("/proc/self/maps").read_text()
        indexes.forget(folder.parent)
        wait_for(lambda: str(folder) not in Path("/proc/self/maps").read_text())
    finally:
        gc.enable()


def test_many_threads_search_one_index_at_once(folder: Path) -> None:
    indexes = SearchIndexes()
    texts = ["row", "even", "of the table", "17", "nothing"]
    expected = [COUNT, COUNT // 2, COUNT, 1, 0]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda text: total(indexes.open(folder), text), texts * 20))
    assert found == expected * 20


@pytest.mark.parametrize("part_bytes", [30_000, 1 << 20])
def test_prefixes_find_rows_of_however_many_words(dataset: Path, tmp_path: Path, part_bytes: int) -> None:
    build_index(dataset, tmp_path / "index", ["text"], COUNT, part_bytes=part_bytes)
    index = SearchIndex.open(tmp_path / "index")
    beginning = sum(str(number).startswith("1") for number in range(COUNT))
    assert total(index, "1", is_prefix=True) == total(index, "row 1", is_prefix=True) == beginning
    assert total(index, "o", is_prefix=True) == total(index, "table o", is_prefix=True) + COUNT // 2 == COUNT
    assert total(index, "tabl", is_prefix=True) == COUNT


def test_best_rows_do_not_depend_on_how_rows_were_cut(folder: Path, dataset: Path) -> None:
    build_index(dataset, folder.with_name("whole"), ["text"], COUNT)
    whole, cut = SearchIndex.open(folder.with_name("whole")), SearchIndex.open(folder)
    for query in (Query([[term_of("odd"), term_of("17")]]), Query([[term_of("table 17")], [term_of("19")]])):
        rows, scores = whole.parts[0].best(query, COUNT)
        assert len(rows)
        expected = dict(zip(rows.tolist(), scores.tolist(), strict=True))
        found = {}
        for part in cut.parts:
            rows, scores = part.best(query, COUNT)
            found |= dict(zip((part.start + rows).tolist(), scores.tolist(), strict=True))
        assert found == pytest.approx(expected, rel=0.01)
