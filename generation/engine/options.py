"""The engine's settings as WebUI's flat dictionary, and what one request makes of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from generation.dialects.sdwebui.wire import Options as WireOptions
from generation.engine import stocked
from generation.engine.cutout import remove
from generation.engine.encode import FORMATS
from generation.engine.painter import ModelCard, Painter, Stock
from generation.engine.refusal import Refusal

NAME = "Easel engine"
NO_VAE = ("", "Automatic", "None")


@dataclass(frozen=True)
class Offer:
    """A checkpoint, and the painter that paints with it."""

    card: ModelCard
    painter: Painter

    @property
    def title(self) -> str:
        """As WebUI writes it: the name, and the first ten digits of the hash."""
        return f"{self.card.name} [{self.card.sha256[:10]}]"

    def is_called(self, name: str) -> bool:
        names = (self.card.name, self.card.title, self.title, self.card.sha256)
        return name.casefold() in (known.casefold() for known in (*names, names[3][:10]))

    def has_stem(self, name: str) -> bool:
        """As WebUI's texts and many clients say it: without folder, ending and hash."""
        return stocked.stem(self.card.name).casefold() == name.casefold()


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The settings that hold for one request."""

    offer: Offer
    format: str
    quality: int
    clip_skip: int
    vae: str
    """A name of the painter's; empty: the checkpoint's own."""
    face_restoration: str
    """The model that ``restore_faces`` means; empty where the painter has none."""


class Options:
    """Kept in memory: a restarted engine has its defaults again."""

    def __init__(
        self,
        offers: Callable[[], Sequence[Offer]],
        stock: Callable[[], Stock],
        fetch_from: str = "",
        models: Path | None = None,
    ) -> None:
        self._offers = offers
        self._fetch_from = fetch_from
        self._models = models
        self._stock = stock
        self._lock = threading.Lock()
        self._set: dict[str, Any] = {
            "sd_vae": "Automatic",
            "CLIP_stop_at_last_layers": 1,
            "samples_format": "png",
            "jpeg_quality": 80,
        }

    def read(self) -> dict[str, Any]:
        """All settings. ``easel_…``: what our own client reads beside WebUI's."""
        offers, stock = self._offers(), self._stock()
        with self._lock:
            values = dict(self._set)
        values.setdefault("sd_model_checkpoint", offers[0].title)
        return values | {
            "live_previews_enable": True,
            "easel_engine": NAME,
            "easel_features": sorted(self._features(stock)),
            "easel_fetch_from": self._fetch_from,
            "easel_rembg": list(remove.offered(self._models)) if remove.installed() else [],
            "easel_painter": offers[0].painter.name,
            "easel_max_side": stock.max_side,
            "face_restoration_model": next(iter(stock.face_restorers), None),
        }

    def _features(self, stock: Stock) -> frozenset[str]:
        """What is done to finished pictures is the server's own, whoever painted them; and a
        painter that could use a caller's files has none where nothing is fetched."""
        own = {"extras", "rembg"} if remove.installed() else {"extras"}
        return (stock.features | own) - (set() if self._fetch_from else {"fetch"})

    def update(self, given: Mapping[str, Any]) -> None:
        """Takes the settings that the engine has; clients echo the rest, which stays as it is."""
        known = self._judged(given, "")
        with self._lock:
            self._set.update(known)

    def choose(self, overrides: Mapping[str, Any]) -> Chosen:
        """The settings for one request with ``override_settings``. Raises Refusal."""
        judged = self._judged(overrides, "override_settings.")
        with self._lock:
            values = self._set | judged
        return Chosen(
            offer=self._find(values.get("sd_model_checkpoint", ""), ""),
            format=values["samples_format"],
            quality=values["jpeg_quality"],
            clip_skip=values["CLIP_stop_at_last_layers"],
            vae="" if values["sd_vae"] in NO_VAE else values["sd_vae"],
            face_restoration=next(iter(self._stock().face_restorers), ""),
        )

    def offer(self, name: str, field: str) -> Offer:
        """A checkpoint. Raises Refusal 404."""
        return self._find(name, field)

    def _judged(self, given: Mapping[str, Any], prefix: str) -> dict[str, Any]:
        try:
            typed = WireOptions.model_validate(dict(given))
        except ValidationError as error:
            problem = error.errors()[0]
            name = str(problem["loc"][0]) if problem["loc"] else "body"
            raise Refusal(422, problem["msg"], field=prefix + name) from error
        known = typed.model_dump(include=set(given) & set(WireOptions.model_fields))
        known = {name: value for name, value in known.items() if given[name] is not None}
        if "sd_model_checkpoint" in known:
            field = f"{prefix}sd_model_checkpoint"
            known["sd_model_checkpoint"] = self._find(known["sd_model_checkpoint"], field).title
        modules = given.get("forge_additional_modules")
        if isinstance(modules, list) and modules and "sd_vae" not in known:
            known["sd_vae"] = str(modules[0])  # Forge's way to say it
        if known.get("sd_vae", "") not in NO_VAE:
            known["sd_vae"] = self._vae(known["sd_vae"], f"{prefix}sd_vae")
        if "samples_format" in known:
            known["samples_format"] = known["samples_format"].lower()
            if known["samples_format"] not in FORMATS:
                reason = f"one of {', '.join(FORMATS)}"
                raise Refusal(422, reason, field=f"{prefix}samples_format")
        return known

    def _vae(self, name: str, field: str) -> str:
        found = stocked.find(name, self._stock().vaes)
        if found is None:
            raise Refusal(404, f"VAE not found: {name}", field=field)
        return found.name

    def _find(self, name: str, field: str) -> Offer:
        offers = self._offers()
        if not name:
            return offers[0]
        found = next((offer for offer in offers if offer.is_called(name)), None)
        found = found or next((offer for offer in offers if offer.has_stem(name)), None)
        if found is None:
            raise Refusal(404, f"Model not found: {name}", field=field)
        return found
