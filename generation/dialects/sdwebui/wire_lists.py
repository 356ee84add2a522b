"""The items of ``/sdapi/v1``'s lists and of ControlNet's, as WebUI 1.10 and Forge answer them."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from generation.dialects.sdwebui.wire import Wire


class Sampler(Wire):
    name: str
    aliases: list[str] = Field(default_factory=list)
    options: dict[str, Any] = Field(default_factory=dict)


class Scheduler(Wire):
    """Since WebUI 1.9."""

    name: str
    label: str = ""
    aliases: list[str] | None = None
    default_rho: float = -1.0
    need_inner_model: bool = False


class Upscaler(Wire):
    name: str
    model_name: str | None = None
    model_path: str | None = None
    model_url: str | None = None
    scale: float = 4.0


class LatentUpscaleMode(Wire):
    name: str


class SdModel(Wire):
    """``title`` is ``file name [first ten of sha256]``; Easel's engine adds ``description``."""

    title: str
    model_name: str
    hash: str | None = None
    sha256: str | None = None
    filename: str = ""
    config: str | None = None
    description: str | None = None


class SdVae(Wire):
    """An item of ``sd-vae``, and of Forge's ``sd-modules``."""

    model_name: str
    filename: str = ""


class Hypernetwork(Wire):
    name: str
    path: str | None = None


class FaceRestorer(Wire):
    name: str
    cmd_dir: str | None = None


class RealesrganModel(Wire):
    name: str
    path: str | None = None
    scale: int | None = None


class PromptStyle(Wire):
    name: str
    prompt: str | None = None
    negative_prompt: str | None = None


class Embedding(Wire):
    step: int | None = None
    sd_checkpoint: str | None = None
    sd_checkpoint_name: str | None = None
    shape: int = 768
    vectors: int = 1


class Embeddings(Wire):
    """``skipped``: those that do not fit the loaded checkpoint."""

    loaded: dict[str, Embedding] = Field(default_factory=dict)
    skipped: dict[str, Embedding] = Field(default_factory=dict)


class Lora(Wire):
    name: str
    alias: str = ""
    path: str = ""
    metadata: dict[str, Any] = Field(default_factory=dict)


class Scripts(Wire):
    """Lower-case titles; clients look here for ``controlnet`` and ``adetailer``."""

    txt2img: list[str] = Field(default_factory=list)
    img2img: list[str] = Field(default_factory=list)


class ScriptArgument(Wire):
    label: str = ""
    value: Any = None
    minimum: Any = None
    maximum: Any = None
    step: Any = None
    choices: list[Any] | None = None


class ScriptInfo(Wire):
    name: str
    is_alwayson: bool = False
    is_img2img: bool = False
    args: list[ScriptArgument] = Field(default_factory=list)


class Extension(Wire):
    """``commit_date`` is a text in WebUI and a number in Forge."""

    name: str
    remote: str = ""
    branch: str = ""
    commit_hash: str = ""
    version: str = ""
    commit_date: str | int = ""
    enabled: bool = True


class Memory(Wire):
    ram: dict[str, Any] = Field(default_factory=dict)
    cuda: dict[str, Any] = Field(default_factory=dict)


class ControlNetModels(Wire):
    """GET ``/controlnet/model_list``."""

    model_list: list[str] = Field(default_factory=list)


class ControlNetModules(Wire):
    """GET ``/controlnet/module_list``."""

    module_list: list[str] = Field(default_factory=list)
    module_detail: dict[str, Any] = Field(default_factory=dict)
