"""The tokenizers that checkpoints leave out: CLIP's and T5's, from vocabularies that ship here.

One of each kind serves all checkpoints, because making one takes longer than loading a small
model: words are never added to them.
"""

from __future__ import annotations

import base64
import gzip
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generation.wording import clip

if TYPE_CHECKING:
    from transformers import CLIPTokenizer, T5Tokenizer

DATA = Path(__file__).parent / "data"
CLIP_LENGTH = 77
T5_LENGTH = 512


@cache
def clip_tokenizer(pad_token: str = "<|endoftext|>") -> CLIPTokenizer:
    """The tokenizer of OpenAI's and OpenCLIP's text encoders.

    `pad_token` is "!" (id 0) for the encoders of SD 2 and the second ones of SDXL and SD 3.
    """
    from transformers import CLIPTokenizer

    vocabulary, merges = _clip_words()
    return CLIPTokenizer(
        vocab=vocabulary, merges=merges, pad_token=pad_token, model_max_length=CLIP_LENGTH
    )


@cache
def t5_tokenizer(length: int = T5_LENGTH) -> T5Tokenizer:
    """The tokenizer of T5 v1.1."""
    from transformers import T5Tokenizer

    words = _t5_words()
    return T5Tokenizer(
        vocab=[(word, score) for word, score in words["vocab"]],
        _spm_precompiled_charsmap=base64.b64decode(words["charsmap"]),
        model_max_length=length,
    )


@cache
def _clip_words() -> tuple[dict[str, int], list[tuple[str, str]]]:
    merges = clip.merges()
    return clip.vocabulary(merges), merges


@cache
def _t5_words() -> dict[str, Any]:
    with gzip.open(DATA / "t5_vocabulary.json.gz", "rt", encoding="utf-8") as file:
        words: dict[str, Any] = json.load(file)
    return words
