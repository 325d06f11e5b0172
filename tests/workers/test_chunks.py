"""A file of chunks, however small the blocks are in which a line brings them."""

from pathlib import Path

from tests.texts import incompressible
from workers.chunks import CHUNK_BYTES, ChunkedFile, ChunkWriter


def test_a_chunk_that_came_in_thousands_of_small_blocks_is_saved(tmp_path: Path) -> None:
    content = incompressible(CHUNK_BYTES + 100)
    with ChunkedFile(tmp_path / "file.bin", len(content)) as file:
        writer = ChunkWriter(file, 0)
        for start in range(0, len(content), 100):
            assert writer.add(content[start : start + 100]) == 0
        assert file.missing() == []
        assert file.done == len(content)
    assert (tmp_path / "file.bin.part").read_bytes() == content
