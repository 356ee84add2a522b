"""What lies in the models folder: every weight file by kind, in WebUI's folders and ComfyUI's.

A file whose header does not fit its folder, and one that cannot be read, is not offered; it is in
`refused` with the reason.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from generation.engine.diffusion.checks import PICKLES, SAFE, BadWeights
from generation.engine.diffusion.families import Family, Identity, Kind, identify

log = logging.getLogger(__name__)

# Lower case: WebUI's spelling first, ComfyUI's and Forge's after it.
FOLDERS: dict[str, Kind] = {
    "stable-diffusion": Kind.CHECKPOINT,
    "checkpoints": Kind.CHECKPOINT,
    "diffusion_models": Kind.CHECKPOINT,
    "unet": Kind.CHECKPOINT,
    "lora": Kind.LORA,
    "loras": Kind.LORA,
    "lycoris": Kind.LORA,
    "vae": Kind.VAE,
    "embeddings": Kind.EMBEDDING,
    "controlnet": Kind.CONTROLNET,
    "text_encoder": Kind.TEXT_ENCODER,
    "text_encoders": Kind.TEXT_ENCODER,
    "clip": Kind.TEXT_ENCODER,
    "esrgan": Kind.UPSCALER,
    "realesrgan": Kind.UPSCALER,
    "swinir": Kind.UPSCALER,
    "dat": Kind.UPSCALER,
    "upscale_models": Kind.UPSCALER,
    "adetailer": Kind.DETECTOR,
    "ultralytics": Kind.DETECTOR,
    "gfpgan": Kind.FACE_RESTORER,
    "codeformer": Kind.FACE_RESTORER,
    "facerestore_models": Kind.FACE_RESTORER,
}
WEIGHTS = SAFE | PICKLES | {".gguf"}
WITHOUT_ENDING = frozenset({Kind.LORA, Kind.EMBEDDING})
UNIDENTIFIED = frozenset({Kind.UPSCALER, Kind.DETECTOR, Kind.FACE_RESTORER})
"""Kinds whose files say what they are only to the library that reads them."""
HASHES = ".easel-hashes.json"


@dataclass(frozen=True)
class Item:
    """A file of weights, or a folder in diffusers' layout."""

    name: str
    """As requests name it: the path below its folder; LoRAs and embeddings without an ending."""
    path: Path
    sha256: str
    """Of the file; of a folder, of its weight files' names and sums."""
    family: Family | None
    kind: Kind
    companions: tuple[Item, ...] = ()
    """Text encoders and VAEs on the same shelf, for checkpoints that come without."""


class Shelf:
    """The weights below one folder. `scan` first; afterwards reading is safe from any thread."""

    def __init__(self, models: Path) -> None:
        self.models = models
        self.refused: dict[Path, str] = {}
        self._items: dict[Kind, list[Item]] = {}
        self._notes = Notes(models)
        self._scanning = threading.Lock()

    @property
    def checkpoints(self) -> list[Item]:
        return self._of(Kind.CHECKPOINT)

    @property
    def loras(self) -> list[Item]:
        return self._of(Kind.LORA)

    @property
    def vaes(self) -> list[Item]:
        return self._of(Kind.VAE)

    @property
    def embeddings(self) -> list[Item]:
        return self._of(Kind.EMBEDDING)

    @property
    def controlnets(self) -> list[Item]:
        return self._of(Kind.CONTROLNET)

    @property
    def upscalers(self) -> list[Item]:
        return self._of(Kind.UPSCALER)

    @property
    def detectors(self) -> list[Item]:
        return self._of(Kind.DETECTOR)

    @property
    def face_restorers(self) -> list[Item]:
        return self._of(Kind.FACE_RESTORER)

    @property
    def text_encoders(self) -> list[Item]:
        return self._of(Kind.TEXT_ENCODER)

    def _of(self, kind: Kind) -> list[Item]:
        return list(self._items.get(kind, ()))

    def find(self, kind: Kind, name: str) -> Item:
        """The item of this name, whatever its case, with or without its ending, or with the first
        ten digits of its sum in brackets after it, as WebUI writes titles. Raises KeyError.
        """
        wanted = name.partition(" [")[0].strip().lower()
        for item in self._of(kind):
            if wanted in (item.name.lower(), str(Path(item.name).with_suffix("")).lower()):
                return item
        for item in self._of(kind):  # a name without its folder
            if wanted in (item.path.name.lower(), item.path.stem.lower()):
                return item
        raise KeyError(name)

    def scan(self) -> None:
        """Looks at the folder again. Files that have not changed are not read again."""
        with self._scanning:
            refused: dict[Path, str] = {}
            items: dict[Kind, list[Item]] = {}
            for kind, root, path in self._candidates():
                try:
                    item = self._item(kind, root, path)
                except (BadWeights, OSError) as error:
                    refused[path] = str(error)
                    if path not in self.refused:
                        log.warning("not offered: %s", error)
                    continue
                items.setdefault(item.kind, []).append(item)
            self._notes.save()
            self.refused = refused
            self._items = _with_companions(items)

    def _item(self, kind: Kind, root: Path, path: Path) -> Item:
        sha256, identity = self._notes.look(path, kind)
        if kind is not identity.kind:
            raise BadWeights(path, f"lies among {kind}s and is no {kind}, but a {identity.kind}")
        name = path.relative_to(root)
        if kind in WITHOUT_ENDING:
            name = name.with_suffix("")
        return Item(name.as_posix(), path, sha256, identity.family, kind)

    def _candidates(self) -> Iterator[tuple[Kind, Path, Path]]:
        """Kind, folder of the kind, and file: in the folders by name, then loose checkpoints."""
        if not self.models.is_dir():
            return
        for root in sorted(self.models.iterdir()):
            kind = FOLDERS.get(root.name.lower())
            if root.is_dir() and kind:
                endings = WEIGHTS | ({".onnx"} if kind in UNIDENTIFIED else set())
                for path in weights_below(root, endings):
                    yield kind, root, path
            elif is_model_folder(root) or root.suffix in WEIGHTS:
                yield Kind.CHECKPOINT, self.models, root


def weights_below(root: Path, endings: frozenset[str] | set[str]) -> Iterator[Path]:
    """Weight files and model folders below `root`, by name. What lies inside a model folder is a
    part of it; hidden files are passed over.
    """
    for path in sorted(root.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            if is_model_folder(path):
                yield path
            elif not root.resolve().is_relative_to(path.resolve()):  # a link back up has no end
                yield from weights_below(path, endings)
        elif path.suffix in endings:
            yield path


def is_model_folder(path: Path) -> bool:
    """Whether this is a folder in diffusers' layout."""
    return any((path / name).is_file() for name in ("model_index.json", "config.json"))


def _with_companions(items: dict[Kind, list[Item]]) -> dict[Kind, list[Item]]:
    others = (*items.get(Kind.TEXT_ENCODER, ()), *items.get(Kind.VAE, ()))
    apart = (Family.SD3, Family.FLUX)
    items[Kind.CHECKPOINT] = [
        replace(item, companions=others) if item.family in apart or not others else item
        for item in items.get(Kind.CHECKPOINT, ())
    ]
    return items


class Notes:
    """Sums and identities of files, kept beside path, size and time of change, so that a shelf of
    a thousand files is hashed once. Lies in the models folder, or where that is read-only in the
    user's cache.
    """

    def __init__(self, models: Path) -> None:
        self.models = models
        self._changed = False
        self._notes: dict[str, dict[str, object]] = {}
        for file in self._files():
            with contextlib.suppress(OSError, ValueError):
                content = json.loads(file.read_text(encoding="utf-8"))
                if isinstance(content, dict):
                    self._notes = content
                    break

    def _files(self) -> tuple[Path, Path]:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        name = hashlib.sha256(str(self.models.resolve()).encode()).hexdigest()[:16]
        return self.models / HASHES, cache / "easel" / f"hashes-{name}.json"

    def look(self, path: Path, kind: Kind) -> tuple[str, Identity]:
        """Sum and identity of a file, or folder, as it is now. Raises BadWeights, OSError."""
        key, stamp = str(path.resolve()), _stamp(path)
        note = self._notes.get(key)
        if note and note.get("stamp") == stamp:
            family = note.get("family")
            known = Identity(Kind(str(note["kind"])), Family(str(family)) if family else None)
            if kind not in UNIDENTIFIED or known.kind is kind:
                return str(note["sha256"]), known
        identity = Identity(kind, None) if kind in UNIDENTIFIED else identify(path)
        sha256 = _sum(path)
        self._changed = True
        self._notes[key] = {
            "stamp": stamp,
            "sha256": sha256,
            "kind": identity.kind,
            "family": identity.family,
        }
        return sha256, identity

    def save(self) -> None:
        if not self._changed:
            return
        for file in self._files():
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                new = file.with_suffix(f".{os.getpid()}")
                new.write_text(json.dumps(self._notes), encoding="utf-8")
                new.replace(file)
            except OSError:
                continue
            self._changed = False
            return
        log.warning(
            "no place to note the sums of %s: they are made again at each start", self.models
        )


def _stamp(path: Path) -> list[list[object]]:
    """Name, size and time of change of every file that the sum is made of."""
    return [
        [file.relative_to(path).as_posix(), stat.st_size, stat.st_mtime_ns]
        for file in _parts(path)
        for stat in [file.stat()]
    ]


def _parts(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix in WEIGHTS | {".json"})


def _sum(path: Path) -> str:
    if not path.is_dir():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    whole = hashlib.sha256()
    for part in _parts(path):
        whole.update(f"{part.relative_to(path).as_posix()}\0{_sum(part)}\n".encode())
    return whole.hexdigest()
