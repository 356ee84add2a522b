"""One text → vectors, with a loaded model's encoders: CLIP in chunks, T5 whole.

What was encoded is kept for each model, and made again where its LoRAs have changed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import torch

from generation.engine.diffusion import lora
from generation.engine.diffusion.embeddings import Embedding
from generation.engine.diffusion.families import Family
from generation.wording import prompts
from generation.wording.prompts import Weighted

T5_LENGTH = {Family.SD3: 256, Family.FLUX: 512}
"""Tokens that T5's vectors are filled up to; a longer prompt is not cut."""
CACHED_BYTES = 64 << 20
"""Of encoded texts kept for each loaded model: 200 chunks of SDXL, 16 texts of Flux."""

Tensors = dict[str, torch.Tensor]
_Line = list[Weighted[int | Embedding] | Any]
_ENCODED: WeakKeyDictionary[torch.nn.Module, OrderedDict[object, Encoded]] = WeakKeyDictionary()


class TextSide(Protocol):
    """What is read of a loaded model."""

    family: Family
    text_encoders: list[Any]
    """CLIP; CLIP L and G (SDXL); CLIP L, G and T5 or None (SD 3); CLIP and T5 (Flux)."""
    tokenizers: list[Any]
    unet: Any
    device: Any
    dtype: torch.dtype


@dataclass(frozen=True)
class Encoded:
    """One text: vectors (1, 77 × chunks, width) of CLIP, (1, tokens, width) of T5, and pooled."""

    clip: torch.Tensor | None
    t5: torch.Tensor | None
    pooled: torch.Tensor | None

    @property
    def bytes(self) -> int:
        return sum(t.nbytes for t in (self.clip, self.t5, self.pooled) if t is not None)


class Reader:
    """Reads texts with one model's encoders."""

    def __init__(self, loaded: TextSide, skip: int, known: Mapping[str, Embedding]) -> None:
        self.loaded, self.family, self.skip = loaded, loaded.family, max(skip, 1)
        clips = 2 if self.family in (Family.SDXL, Family.SD3) else 1
        self.clips = list(zip(loaded.text_encoders, loaded.tokenizers, strict=False))[:clips]
        has_t5 = self.family in T5_LENGTH
        self.t5 = (loaded.text_encoders[clips], loaded.tokenizers[clips]) if has_t5 else None
        self.embeddings = [{} if has_t5 else _by_tokens(known, clip[1]) for clip in self.clips]
        self.cache = _ENCODED.setdefault(self.clips[0][0], OrderedDict())

    # --- one text --------------------------------------------------------------------------

    def read(self, text: str) -> Encoded:
        lines = [self.line(text, index) for index in range(len(self.clips))]
        t5_line = self._t5_line(text) if self.t5 and self.t5[0] is not None else None
        present = [encoder for encoder in self.loaded.text_encoders if encoder is not None]
        applied = tuple(map(lora.applied_to, present))
        frozen = tuple(tuple(line) for line in lines)
        key = (frozen, tuple(t5_line or ()), self.skip, applied, str(self.loaded.device))
        if key in self.cache:
            self.cache.move_to_end(key)
        else:
            self.cache[key] = self._encode(lines, t5_line)
            kept = sum(one.bytes for one in self.cache.values())
            while kept > CACHED_BYTES and len(self.cache) > 1:
                kept -= self.cache.popitem(last=False)[1].bytes
        return self.cache[key]

    def read_negative(self, text: str) -> Encoded:
        """SDXL was trained with zeros in the place of no negative prompt."""
        read = self.read(text)
        if self.family is not Family.SDXL or text:
            return read
        assert read.clip is not None and read.pooled is not None
        return Encoded(torch.zeros_like(read.clip), None, torch.zeros_like(read.pooled))

    def line(self, text: str, index: int) -> _Line:
        """The text's tokens for CLIP number `index`, with embeddings in their places."""
        tokenizer, known = self.clips[index][1], self.embeddings[index]
        comma = tokenizer.convert_tokens_to_ids(",</w>")
        line: _Line = []
        for piece in prompts.weigh(text):
            if piece.opens_chunk:
                line.append("BREAK")
            tokens = _ids(tokenizer, piece.text)
            while tokens:
                found = [row for row in known.get(tokens[0], ()) if _begins(tokens, row[0])]
                if found:
                    ids, embedding = found[0]
                    line.append(Weighted(embedding, piece.weight, len(embedding)))
                    tokens = tokens[len(ids) :]
                else:
                    line.append(Weighted(tokens[0], piece.weight, comma=tokens[0] == comma))
                    tokens = tokens[1:]
        return line

    def _t5_line(self, text: str) -> _Line:
        assert self.t5 is not None
        return [
            Weighted(token, piece.weight)
            for piece in prompts.weigh(text)
            for token in _ids(self.t5[1], piece.text)
        ]

    @torch.no_grad()
    def _encode(self, lines: list[_Line], t5_line: _Line | None) -> Encoded:
        parts = [prompts.chunks(line) for line in lines]
        most = max(map(len, parts))
        read = [
            self._clip(index, [*chunks, *[[]] * (most - len(chunks))])
            for index, chunks in enumerate(parts)
        ]
        pooled = [vectors for _, vectors in read if vectors is not None]
        clip = torch.cat([vectors for vectors, _ in read], dim=-1)
        return Encoded(
            None if self.family is Family.FLUX else self._home(clip),
            self._t5(t5_line) if self.t5 else None,
            self._home(torch.cat(pooled, dim=-1)) if pooled else None,
        )

    def _home(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor.to(device=self.loaded.device, dtype=self.loaded.dtype)

    def _device(self, encoder: Any) -> Any:
        """Where the encoder is fed. Layers that wait in RAM for their turn are fed on the model's
        device."""
        device = next(encoder.parameters()).device
        return self.loaded.device if device.type == "meta" else device

    # --- CLIP ------------------------------------------------------------------------------

    def _clip(
        self, index: int, parts: list[list[Weighted[Any]]]
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """All chunks' vectors joined, and the first chunk's pooled vector."""
        read = [self._chunk(index, part) for part in parts]
        return torch.cat([vectors for vectors, _ in read], dim=1), read[0][1]

    def _chunk(
        self, index: int, part: list[Weighted[Any]]
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        encoder, tokenizer = self.clips[index]
        flat = [item for item in part for _ in range(item.length)]
        room = prompts.CHUNK - len(flat)
        words = [item.token if isinstance(item.token, int) else 0 for item in flat]
        end, pad = tokenizer.eos_token_id, tokenizer.pad_token_id
        ids = [tokenizer.bos_token_id, *words, end, *[end if pad is None else pad] * room]
        device = self._device(encoder)
        with _in_place(encoder, index, part):
            out = encoder(torch.tensor([ids], device=device), output_hidden_states=True)
        weights = [1.0, *(item.weight for item in flat), *[1.0] * (room + 1)]
        return emphasise(self._layer(encoder, out), weights), self._pooled(index, out)

    def _layer(self, encoder: Any, out: Any) -> torch.Tensor:
        if self.family in (Family.SDXL, Family.SD3):
            return _hidden(out, max(self.skip, 2))  # without the last norm: so they were trained
        # SD 2's encoder ends at the layer before the last already.
        skip = max(self.skip - 1, 1) if self.family is Family.SD2 else self.skip
        if skip == 1:
            last: torch.Tensor = out.last_hidden_state
            return last
        body = getattr(encoder, "text_model", encoder)
        normed: torch.Tensor = body.final_layer_norm(_hidden(out, skip))
        return normed

    def _pooled(self, index: int, out: Any) -> torch.Tensor | None:
        if self.family is Family.FLUX:
            pooler: torch.Tensor = out.pooler_output
            return pooler
        if self.family is Family.SD3 or (self.family is Family.SDXL and index == 1):
            projected: torch.Tensor = out.text_embeds
            return projected
        return None

    # --- T5 --------------------------------------------------------------------------------

    def _t5(self, line: _Line | None, length: int = 0) -> torch.Tensor:
        assert self.t5 is not None
        length = max(length, T5_LENGTH[self.family])
        encoder, tokenizer = self.t5
        if encoder is None:
            width = self.loaded.unet.config.joint_attention_dim
            return self._home(torch.zeros(1, length, width))
        line = line or []
        room = max(length - len(line) - 1, 0)
        ids = [*(item.token for item in line), tokenizer.eos_token_id]
        ids += [tokenizer.pad_token_id] * room
        vectors = encoder(torch.tensor([ids], device=self._device(encoder)))[0]
        weights = [*(item.weight for item in line), *[1.0] * (room + 1)]
        return self._home(emphasise(vectors, weights))

    # --- both sides the same shape ---------------------------------------------------------

    def named(self, read: Encoded, prefix: str, clip: int, t5: int) -> Tensors:
        """Filled up to so many tokens of each encoder with an empty text."""
        parts = [self._filled(read.clip, clip, "clip"), self._filled(read.t5, t5, "t5")]
        present = [part for part in parts if part is not None]
        width = max(part.shape[-1] for part in present)
        present = [torch.nn.functional.pad(part, (0, width - part.shape[-1])) for part in present]
        named = {f"{prefix}prompt_embeds": torch.cat(present, dim=1)}
        if read.pooled is not None:
            named[f"{prefix}pooled_prompt_embeds"] = read.pooled
        return named

    def _filled(self, vectors: torch.Tensor | None, to: int, kind: str) -> torch.Tensor | None:
        missing = 0 if vectors is None else to - vectors.shape[1]
        if vectors is None or missing == 0:
            return vectors
        empty = getattr(self.read(""), kind)
        return torch.cat(
            [vectors, empty.repeat(1, -(-missing // empty.shape[1]), 1)[:, :missing]], 1
        )


def emphasise(vectors: torch.Tensor, weights: Sequence[float]) -> torch.Tensor:
    """(1, tokens, width) × a weight for each token, at the mean that they had before.

    Untouched where all weights are 1. A mean that is 0 but for rounding cannot be restored.
    """
    if all(weight == 1.0 for weight in weights):
        return vectors
    factors = torch.tensor(weights, device=vectors.device, dtype=torch.float32)
    before = vectors.float()
    after = before * factors[None, :, None]
    if float(after.mean().abs()) > 1e-5 * float(after.abs().mean()):
        after = after * (before.mean() / after.mean())
    return after.to(vectors.dtype)


def _hidden(out: Any, skip: int) -> torch.Tensor:
    """The layer that is `skip` - 1 before the last, at most the first."""
    states = out.hidden_states
    state: torch.Tensor = states[-min(skip, len(states) - 1)]
    return state


def _ids(tokenizer: Any, text: str) -> list[int]:
    ids: list[int] = tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    return ids


def _begins(tokens: list[int], ids: Sequence[int]) -> bool:
    return tokens[: len(ids)] == list(ids)


def _by_tokens(
    known: Mapping[str, Embedding], tokenizer: Any
) -> dict[int, list[tuple[list[int], Embedding]]]:
    """First token of a name → (all its tokens, embedding), the longest name first."""
    found: dict[int, list[tuple[list[int], Embedding]]] = {}
    for name, embedding in known.items():
        if ids := _ids(tokenizer, name):
            found.setdefault(ids[0], []).append((ids, embedding))
    for row in found.values():
        row.sort(key=lambda entry: -len(entry[0]))
    return found


@contextmanager
def _in_place(encoder: Any, index: int, part: list[Weighted[Any]]) -> Any:
    """While it lasts the encoder reads embeddings' vectors where the chunk has them."""
    places: list[tuple[int, torch.Tensor]] = []
    position = 1  # behind the start token
    for item in part:
        if isinstance(item.token, Embedding):
            places.append((position, item.token.tensor(index)))
        position += item.length
    if not places:
        yield
        return

    def put(module: object, args: object, out: torch.Tensor) -> torch.Tensor:
        out = out.clone()
        for start, vectors in places:
            out[0, start : start + len(vectors)] = vectors.to(out)
        return out

    hook: Callable[..., Any] = encoder.get_input_embeddings().register_forward_hook
    handle = hook(put)
    try:
        yield
    finally:
        handle.remove()
