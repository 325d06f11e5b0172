"""What is kept of published folders: within its bound, the last used, and gone with its folder."""

from pathlib import Path
from threading import Barrier, Thread

from domain.adapters.kept_of_folders import KeptOfFolders

A, B, C = Path("/storage/a/data"), Path("/storage/b/data"), Path("/storage/c/data")


def test_what_was_used_last_stays_within_the_bound():
    kept: KeptOfFolders[str] = KeptOfFolders(4, len)
    kept.put(A, "aa")
    kept.put(B, "bb")
    assert kept.get(A) == "aa"
    kept.put(C, "c")
    assert [kept.get(each) for each in (A, B, C)] == ["aa", None, "c"]


def test_what_takes_the_place_of_another_weighs_for_itself_alone():
    kept: KeptOfFolders[str] = KeptOfFolders(4, len)
    for _ in range(5):
        kept.put(A, "aaa")
    kept.put(B, "b")
    assert [kept.get(A), kept.get(B)] == ["aaa", "b"]


def test_the_newest_stays_however_heavy_and_goes_with_the_next():
    kept: KeptOfFolders[str] = KeptOfFolders(4, len)
    kept.put(A, "aaaaaaaa")
    assert kept.get(A) == "aaaaaaaa"
    kept.put(B, "b")
    assert [kept.get(A), kept.get(B)] == [None, "b"]


def test_it_is_let_go_of_with_its_folder_or_what_is_above_it():
    kept: KeptOfFolders[int] = KeptOfFolders(10)
    values = iter(range(10))
    for folder in (A, B):
        kept.of(folder, lambda: next(values), "one")
        kept.of(folder, lambda: next(values), "two")
    kept.forget(Path("/storage/a"))
    assert kept.of(B, lambda: -1, "two") == 3
    assert kept.of(A, lambda: -1, "two") == -1


def test_two_who_make_it_at_once_are_given_the_same():
    kept: KeptOfFolders[object] = KeptOfFolders(10)
    both, given = Barrier(2), []

    def make() -> object:
        both.wait(10)
        return object()

    threads = [Thread(target=lambda: given.append(kept.of(A, make))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert given == [given[0]] * 2
