"""Tokenizers of every kind that an engine is for, trained in the test, and the texts that engines must agree on."""

import random
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import tokenizers
from hypothesis import strategies as st
from tokenizers import AddedToken, Regex, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import AutoTokenizer, BertTokenizer, ByT5Tokenizer, PreTrainedTokenizerFast

from tests.tokenizers import SHARED, VARIED, english
from workers.byte_level import GPT2_PATTERN
from workers.piece_ends import LLAMA3_PATTERN, QWEN_PATTERN

OTHER_PATTERN = r"\p{L}+|\p{N}|[^\p{L}\p{N}]+"
PATTERNS = (GPT2_PATTERN, LLAMA3_PATTERN, QWEN_PATTERN)
FOREIGN = [
    "漢字かな交じり文。",
    "Привет, мир! Как дела?",
    "naïve résumés, 12 345 and 67",
    "def f(x):\n\treturn x\n\n",
] * 5

NASTY = [
    *(text for text in VARIED if text is not None),
    *("<|end|>", " <|end|> <|end|><|end|>", "a <x> b", "a<x>b", "food foo foo.", "<y>  <y>", "<|begin|><|en"),
    *("[SEP][CLS]", "</s>", "a </s> b", "<pad> <unk><extra_id_0>", "Hello world!!  <|endoftext|>\n"),
    *(" " * 1_024 + "x", "x" * 1_025, "\n" * 2_000, "🙂" * 5_000, "漢" * 900, "a'b'c'd's't" * 40),
    *("'\u017f it'\u017f 'S 'LL", "e\u0301", "A\u030a\u0301", "\u1112\u1161\u11ab", "\u0958\u0344"),
    *("ﬁ ½ Ⅷ \u0661\u0662 123456789", "\x00\x00 \x1c\x85\u2028\u00a0 a"),
]

ATOMS = [*" \n\t\r'stmdrevlSTLD0123456789ab!?.<>|", "  ", "\n\n", "\r\n", "'ll", "'RE", "'\u017f", "é", "e\u0301", "ß"]
ATOMS += [
    "漢",
    "🙂",
    "\u00a0",
    "\u3000",
    "\u2028",
    "\x85",
    "\x00",
    "\x1c",
    "\u0661",
    "½",
    "Ⅷ",
    "\u0345",
    "\u1112\u1161",
]
ATOMS += ["the ", "foo", "<x>", "<y>", "<|end|>", "[SEP]", "</s>"]
TEXTS = st.lists(
    st.one_of(st.lists(st.sampled_from(ATOMS), max_size=30).map("".join), st.text(max_size=20)), min_size=1, max_size=20
)


def random_texts(count: int) -> list[str]:
    """Texts of the atoms, the same each time."""
    chosen = random.Random(count)
    return ["".join(chosen.choices(ATOMS, k=chosen.randint(0, 25))) for _ in range(count)]


def split_by(pattern: str) -> Any:
    """As Llama 3 and Qwen split."""
    split = pre_tokenizers.Split(Regex(pattern), "isolated")
    return pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def byte_level(pre_tokenizer: Any, *, ignore_merges: bool = False, normalizer: Any = None) -> Any:
    """A byte-level BPE of 1,500 tokens as transformers has it."""
    bpe = tokenizers.Tokenizer(models.BPE(ignore_merges=ignore_merges))
    bpe.pre_tokenizer, bpe.decoder = pre_tokenizer, decoders.ByteLevel()
    if normalizer is not None:
        bpe.normalizer = normalizer
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=1_500, special_tokens=["<|end|>"], initial_alphabet=alphabet, show_progress=False
    )
    bpe.train_from_iterator([*english(), *FOREIGN], trainer)
    return PreTrainedTokenizerFast(tokenizer_object=bpe, eos_token="<|end|>")


def with_added(tokenizer: Any) -> Any:
    """The same with tokens that take in the space around them, or stand as a word only."""
    tokenizer.add_tokens([AddedToken("<x>", lstrip=True, rstrip=True), AddedToken("foo", single_word=True), "<y>"])
    return tokenizer


def wordpiece() -> Any:
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    piece = tokenizers.Tokenizer(models.WordPiece(unk_token="[UNK]"))
    piece.normalizer, piece.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=600, special_tokens=specials, show_progress=False)
    piece.train_from_iterator(english(), trainer)
    return BertTokenizer(vocab=piece.get_vocab())


def unigram() -> Any:
    model = tokenizers.Tokenizer(models.Unigram())
    model.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    model.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=600, special_tokens=["<unk>", "</s>"], unk_token="<unk>", show_progress=False
    )
    model.train_from_iterator(english(), trainer)
    return PreTrainedTokenizerFast(tokenizer_object=model, unk_token="<unk>", eos_token="</s>")


def _bytes(prefix: bool) -> Any:
    return pre_tokenizers.ByteLevel(add_prefix_space=prefix)


MADE: Mapping[str, Callable[[], Any]] = {
    "gpt2": lambda: byte_level(_bytes(False)),
    "prefix": lambda: byte_level(_bytes(True)),
    "added": lambda: with_added(byte_level(_bytes(False))),
    "added prefix": lambda: with_added(byte_level(_bytes(True))),
    "llama3": lambda: byte_level(split_by(LLAMA3_PATTERN), ignore_merges=True),
    "qwen": lambda: byte_level(split_by(QWEN_PATTERN), normalizer=normalizers.NFC()),
    "other pattern": lambda: byte_level(split_by(OTHER_PATTERN)),
    "digits apart": lambda: byte_level(pre_tokenizers.Sequence([pre_tokenizers.Digits(), _bytes(False)])),
    "wordpiece": wordpiece,
    "unigram": unigram,
    "byt5": ByT5Tokenizer,
}
KNOWN = ("shared gpt2", "shared minilm")


@cache
def tokenizer_of(kind: str) -> Any:
    """The tokenizer of this name; None where it is a known one that is not on this machine."""
    if kind not in KNOWN:
        return MADE[kind]()
    folder = SHARED / kind.removeprefix("shared ")
    return AutoTokenizer.from_pretrained(folder) if folder.is_dir() else None
