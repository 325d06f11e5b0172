"""Tokenizers made in the test, saved as folders that `AutoTokenizer` loads; and the texts that try them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import tokenizers
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertTokenizer, PreTrainedTokenizerFast

from tests.texts import paragraphs

SHARED = Path(__file__).parents[2] / "shared" / "tokenizers"

VARIED = [
    "A plain sentence.",
    "",
    None,
    " leading and trailing  ",
    "🙂" * 300,
    "漢字かな交じり文。" * 20,
    "control \x00 \x07 \x1b[0m \u200b \ufeff tabs\t\r\n",
    "inside <|end|> and [SEP] and </s> and <|endoftext|>",
    "ends with </s>",
    "ends with <|end|>",
    "ends with [SEP]",
    "combining e\u0301 and \u0646\u0635 and \U0001f469\u200d\U0001f4bb",
    "word " * 2_000,
    "\n",
]


@cache
def english() -> tuple[str, ...]:
    return paragraphs()[:600]


def save_bpe(
    folder: Path,
    *,
    max_length: int | None = 64,
    begin: bool = False,
    side: str = "right",
    padding_side: str = "right",
) -> Path:
    """A byte-level BPE of 600 tokens with `<|end|>`; with `begin` each text stands after `<|begin|>`."""
    bpe = tokenizers.Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=["<|end|>", "<|begin|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(english(), trainer)
    if begin:
        bpe.post_processor = processors.TemplateProcessing(
            single="<|begin|> $A", pair="<|begin|> $A $B", special_tokens=[("<|begin|>", bpe.token_to_id("<|begin|>"))]
        )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        eos_token="<|end|>",
        bos_token="<|begin|>",
        truncation_side=side,
        padding_side=padding_side,
        **_limit(max_length),
    )
    return _save(fast, folder)


def save_wordpiece(folder: Path) -> Path:
    """A BERT of 400 tokens whose texts stand between `[CLS]` and `[SEP]`, cutting and padding of its own."""
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    piece = tokenizers.Tokenizer(models.WordPiece(unk_token="[UNK]"))
    piece.normalizer = normalizers.BertNormalizer()
    piece.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    piece.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(vocab_size=400, special_tokens=specials, show_progress=False)
    piece.train_from_iterator(english(), trainer)
    vocabulary = sorted(piece.get_vocab().items(), key=lambda item: item[1])
    bert = BertTokenizer(vocab=dict(vocabulary), model_max_length=48)
    _save(bert, folder)
    described = json.loads((folder / "tokenizer.json").read_text())
    described["truncation"] = {"direction": "Right", "max_length": 20, "strategy": "LongestFirst", "stride": 0}
    padding: dict[str, Any] = {"strategy": {"Fixed": 20}, "direction": "Right", "pad_to_multiple_of": None}
    described["padding"] = padding | {"pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"}
    (folder / "tokenizer.json").write_text(json.dumps(described))
    return folder


def save_remote_code(folder: Path, trace: Path) -> Path:
    """A tokenizer that is Python code: were it ever run, it would leave `trace`."""
    folder.mkdir(parents=True)
    settings = {"tokenizer_class": "OwnTokenizer", "auto_map": {"AutoTokenizer": ["own.OwnTokenizer", None]}}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    (folder / "own.py").write_text(f"open({str(trace)!r}, 'w').close()\nclass OwnTokenizer: pass\n")
    return folder


def _limit(max_length: int | None) -> dict[str, int]:
    return {} if max_length is None else {"model_max_length": max_length}


def _save(tokenizer: Any, folder: Path) -> Path:
    tokenizer.save_pretrained(folder)
    return folder
