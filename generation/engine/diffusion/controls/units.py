"""ControlNet units, prepared for a pass, and what they add to each call of the denoiser.

    units = ControlNets(shelf).prepare(loaded, job.controls, (width, height), init)
    Pass(…, controls=units)

The three modes are those of sd-webui-controlnet: where one side "is more important" the outer
layers count less, each 0.825 times the next; where it is ControlNet's side, only the positive
prompt is steered.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from PIL import Image

from generation.engine.diffusion.controls import preprocessors
from generation.engine.diffusion.controls.fitting import at_size, perfect_resolution
from generation.engine.diffusion.families import Family, Kind
from generation.engine.diffusion.loading import Loaded, load_controlnet
from generation.engine.diffusion.shelf import Item, Shelf
from generation.engine.painter import Control, ControlMode

if TYPE_CHECKING:
    from generation.engine.diffusion.adapters.base import Call

SOFT = 0.825
CACHED = 3
"""ControlNets kept loaded: as many as a request may have units; one is 0.7 GB in halves."""
SUPPORTED = (Family.SD1, Family.SD2, Family.SDXL)
SOFT_IN_HIRES = ("canny", "mlsd")
"""Hard lines that leave artefacts where a larger picture must keep to them."""
Sized = tuple[int, int]


class Network(Protocol):
    """diffusers' ControlNetModel, as far as it is used."""

    def __call__(self, *args: Any, **named: Any) -> Any: ...
    def to(self, device: Any) -> Any: ...


@dataclass
class Unit:
    """One ControlNet over one pass; a passes.ControlInput."""

    network: Network
    picture: torch.Tensor
    """(1, 3, height, width) in 0 … 1; -1 where a mask covers it."""
    weight: float = 1.0
    start: float = 0.0
    end: float = 1.0
    mode: ControlMode = ControlMode.BALANCED
    soft_in_hires: bool = False
    low_vram: bool = False

    def residuals(self, call: Call) -> Mapping[str, Any] | None:
        if not self.start <= call.progress <= self.end or self.weight == 0:
            return None
        positives = self._positives(call)
        rows = slice(-positives, None)
        device = call.sample.device
        if self.low_vram:
            self.network.to(device)
        try:
            down, middle = self.network(
                call.sample[rows],
                call.time[rows],
                encoder_hidden_states=call.hidden[rows],
                controlnet_cond=self.picture.to(device).expand(positives, -1, -1, -1),
                conditioning_scale=1.0,
                added_cond_kwargs={name: tensor[rows] for name, tensor in call.added.items()},
                return_dict=False,
            )
        finally:
            if self.low_vram:
                self.network.to("cpu")
        outs = self._weighed([*down, middle], call)
        missing = len(call.sample) - positives
        if missing:
            outs = [torch.cat([torch.zeros_like(out[:1]).expand(missing, *out.shape[1:]), out])
                    for out in outs]  # fmt: skip
        return {
            "down_block_additional_residuals": outs[:-1],
            "mid_block_additional_residual": outs[-1],
        }

    def _positives(self, call: Call) -> int:
        """How many rows at the end of the batch are steered."""
        count = len(call.sample)
        if not call.guided or self.mode is not ControlMode.CONTROL:
            return count
        return count // 3 if count % 2 else count // 2  # edit models have three groups

    def _weighed(self, outs: list[torch.Tensor], call: Call) -> list[torch.Tensor]:
        hires = call.one.first_pass_steps is not None
        if self.mode is ControlMode.BALANCED and not (hires and self.soft_in_hires):
            return outs if self.weight == 1 else [out * self.weight for out in outs]
        last = len(outs) - 1
        return [out * (self.weight * SOFT ** (last - n)) for n, out in enumerate(outs)]


class ControlNets:
    """The shelf's ControlNets, a few of them loaded."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self._loaded: OrderedDict[tuple[str, str, torch.dtype], Network] = OrderedDict()

    def modules(self) -> tuple[str, ...]:
        """Preprocessors on offer."""
        return preprocessors.available(self.shelf.models)

    def refuse(self, controls: Sequence[Control], family: Family, has_init: bool) -> str | None:
        """As Painter.refuse, for these units."""
        for number, control in enumerate(controls):
            if reason := self._refuse(control, family, has_init):
                return f"controlnet.args[{number}].{reason}"
        return None

    def _refuse(self, control: Control, family: Family, has_init: bool) -> str | None:
        if family not in SUPPORTED:
            return f"model: ControlNet does not go with {family.value}"
        try:
            item = self.shelf.find(Kind.CONTROLNET, control.model)
        except KeyError:
            return f"model: there is no ControlNet {control.model!r}"
        if item.family is not family:
            theirs = item.family.value if item.family else "an unknown family"
            return f"model: {control.model!r} is for {theirs}, the checkpoint is {family.value}"
        try:
            module = preprocessors.known(control.module)
        except KeyError:
            return f"module: there is no preprocessor {control.module!r}"
        if lacks := preprocessors.missing(module, self.shelf.models):
            return f"module: {module} needs a model file, {lacks}"
        if control.image is None and not has_init:
            return "image: the unit has no picture, and there is no init image"
        if control.guidance_start > control.guidance_end:
            return "guidance_start: it is after guidance_end"
        return None

    def prepare(
        self,
        loaded: Loaded,
        controls: Sequence[Control],
        size: Sized,
        init: Image.Image | None = None,
        mask: Image.Image | None = None,
    ) -> tuple[Unit, ...]:
        """The units of a pass of this width and height. `init`, and with it `mask` (L, white is
        repainted), stand in for units without a picture.

        Raises ValueError for what `refuse` refuses, and where a preprocessor's file is none.
        """
        return tuple(self._unit(loaded, control, size, init, mask) for control in controls)

    def _unit(
        self,
        loaded: Loaded,
        control: Control,
        size: Sized,
        init: Image.Image | None,
        mask: Image.Image | None,
    ) -> Unit:
        reason = self._refuse(control, loaded.family, init is not None)
        if reason:
            raise ValueError(f"controlnet.{reason}")
        module = preprocessors.known(control.module)
        drawn = self.draw(control, size, init)
        picture = as_tensor(drawn)
        if module.startswith("inpaint") and control.image is None and mask is not None:
            hole = np.asarray(at_size(mask.convert("L"), *size, control.resize_mode)) > 127
            picture[:, :, torch.from_numpy(hole.copy())] = -1
        item = self.shelf.find(Kind.CONTROLNET, control.model)
        return Unit(
            network=self._network(item, loaded, control.low_vram),
            picture=picture.to(device=loaded.device, dtype=loaded.dtype),
            weight=control.weight,
            start=control.guidance_start,
            end=control.guidance_end,
            mode=control.mode,
            soft_in_hires=module in SOFT_IN_HIRES,
            low_vram=control.low_vram,
        )

    def preprocess(self, control: Control) -> Image.Image:
        """As painter.Preprocesses: the map alone, in its preprocessor's resolution."""
        try:
            module = preprocessors.known(control.module)
        except KeyError:
            raise ValueError(f"module: there is no preprocessor {control.module!r}") from None
        if lacks := preprocessors.missing(module, self.shelf.models):
            raise ValueError(f"module: {module} needs a model file, {lacks}")
        if control.image is None:
            raise ValueError("image: there is none")
        thresholds = control.threshold_a, control.threshold_b
        return preprocessors.preprocess(
            module, control.image, control.processor_res, thresholds, self.shelf.models
        )

    def draw(self, control: Control, size: Sized, init: Image.Image | None) -> Image.Image:
        """The control map, RGB, width × height."""
        image = (control.image or init or Image.new("RGB", size)).convert("RGB")
        resolution = control.processor_res
        if control.pixel_perfect:
            resolution = perfect_resolution(image.size, size, control.resize_mode)
        map_ = preprocessors.preprocess(
            preprocessors.known(control.module),
            image,
            resolution,
            (control.threshold_a, control.threshold_b),
            self.shelf.models,
        )
        return at_size(map_, *size, control.resize_mode)

    def _network(self, item: Item, loaded: Loaded, low_vram: bool) -> Network:
        key = (item.sha256 or str(item.path), str(loaded.device), loaded.dtype)
        if key not in self._loaded:
            while len(self._loaded) >= CACHED:
                self._loaded.popitem(last=False)
            self._loaded[key] = load_controlnet(item, "cpu", loaded.dtype)
        self._loaded.move_to_end(key)
        network = self._loaded[key]
        network.to("cpu" if low_vram else loaded.device)
        return network

    def free(self) -> None:
        """Gives back all memory."""
        self._loaded.clear()


def as_tensor(image: Image.Image) -> torch.Tensor:
    """(1, 3, height, width) in 0 … 1, as diffusers makes control pictures."""
    values = np.asarray(image.convert("RGB"), np.float32) / 255
    return torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1)))[None]
