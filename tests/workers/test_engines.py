"""How a tokenizer cuts, frames and names tokens, whatever kind it is."""

from pathlib import Path
from typing import Any

import pyarrow as pa
from transformers import AutoTokenizer, ByT5Tokenizer

from tests import tokenizers as made
from workers.engines import engine_of
from workers.sequences import CalledCutting, FramedCutting, cutting_of
from workers.token_counts import token_text


class TwiceEnded(ByT5Tokenizer):
    """Ends a text by as many end tokens as it has tokens, up to two: no fixed frame."""

    def build_inputs_with_special_tokens(
        self, token_ids_0: list[int], token_ids_1: list[int] | None = None
    ) -> list[int]:
        return token_ids_0 + [self.eos_token_id] * min(2, len(token_ids_0))

    def num_special_tokens_to_add(self, pair: bool = False) -> int:
        return 2

    def get_special_tokens_mask(self, token_ids_0: list[int], *_: Any, **__: Any) -> list[int]:
        return [0] * len(token_ids_0) + [1] * min(2, len(token_ids_0))


def test_special_tokens_that_are_no_fixed_frame_are_left_to_the_tokenizer() -> None:
    # given a tokenizer whose special tokens depend on the text
    tokenizer = TwiceEnded()
    texts = ["", "a", "ab", "a longer text"]

    # when texts are cut
    cutting = cutting_of(tokenizer, 6, add_special_tokens=True)
    found = cutting.sequences(pa.array(texts))

    # then the ids are the tokenizer's own, and everything is counted
    assert isinstance(cutting, CalledCutting)
    assert list(found.tokens.rows()) == tokenizer(texts, truncation=True, max_length=6)["input_ids"]
    assert (found.kept_tokens, found.truncated_tokens) == (7, 9)
    assert int(found.is_text.sum()) == 7


def test_the_frame_of_each_tokenizer_is_proved(tmp_path: Path) -> None:
    begun = AutoTokenizer.from_pretrained(made.save_bpe(tmp_path / "begun", begin=True))
    wordpiece = AutoTokenizer.from_pretrained(made.save_wordpiece(tmp_path / "wordpiece"))

    frames = []
    for tokenizer in (begun, wordpiece, ByT5Tokenizer()):
        cutting = cutting_of(tokenizer, 16, add_special_tokens=True)
        assert isinstance(cutting, FramedCutting)
        frames.append((cutting.frame.before.tolist(), cutting.frame.after.tolist(), cutting.frame.after_once))

    assert frames == [([begun.bos_token_id], [], False), ([2], [3], False), ([], [1], True)]


def test_engines_give_ids_as_arrays_and_a_null_as_an_empty_text(tmp_path: Path) -> None:
    for tokenizer in (AutoTokenizer.from_pretrained(made.save_bpe(tmp_path / "bpe")), ByT5Tokenizer()):
        tokens = engine_of(tokenizer).encode(pa.array(["ab", None, "", "c"]))

        assert [str(tokens.ids.dtype), str(tokens.offsets.dtype)] == ["int32", "int64"]
        assert [bool(row) for row in tokens.rows()] == [True, False, False, True]


def test_tokens_are_told_as_text_that_a_reader_knows(tmp_path: Path) -> None:
    bpe = AutoTokenizer.from_pretrained(made.save_bpe(tmp_path / "bpe"))
    token = {text: bpe.encode(text)[0] for text in (" the", "\n", "漢")}

    assert token_text(bpe, token[" the"]) == " the"
    assert token_text(bpe, token["\n"]) == "\n"
    assert token_text(bpe, token["漢"]) == bpe.convert_ids_to_tokens(token["漢"])
    assert [token_text(ByT5Tokenizer(), token) for token in (1, 3, 36, 198, 259)] == [
        *("</s>", "<0x00>", "!", "<0xC3>", "<extra_id_0>")
    ]
