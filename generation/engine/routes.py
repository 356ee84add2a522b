"""The engine's part of sdapi: one literal table, (method, path) → what answers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from pydantic import Field, ValidationError

from generation.dialects.sdwebui.wire import (
    Base64Image,
    GenerationRequest,
    Img2ImgRequest,
    Name,
    Txt2ImgRequest,
    Wire,
    invalid_fields,
)
from generation.dialects.sdwebui.wire_extras import InterrogateRequest
from generation.engine import (
    calls,
    encode,
    extras,
    lists,
    metrics,
    paints,
    progress,
    rembg,
    stocked,
)
from generation.engine.caller import Call, Plain
from generation.engine.fetching import FIELD
from generation.engine.jobs import Job
from generation.engine.painter import Control, Painter, Preprocesses, Report, Unloads
from generation.engine.refusal import Refusal

__all__ = ["OPEN", "ROUTES", "SLOW", "Call", "Plain", "answer"]


# ── Generation ───────────────────────────────────────────────────────────────────────────────
def _txt2img(call: Call) -> object:
    return _generate(call, call.read(Txt2ImgRequest))


def _img2img(call: Call) -> object:
    return _generate(call, call.read(Img2ImgRequest))


class _Own(Wire):
    """What a generation may have beside WebUI's fields; the files are read by ``fetching``."""

    easel_video: dict[Name, float] = Field(default_factory=dict, max_length=8)


def _generate(call: Call, request: GenerationRequest) -> object:
    video = call.read(_Own).easel_video
    given = call.body.get(FIELD) if isinstance(call.body, Mapping) else None
    with call.engine.fetch.files(given) as files:
        try:
            plan = calls.plan(request, call.engine, calls.Own(files=files, video=video))
        except ValidationError as error:  # of what an infotext says
            refusal = Refusal(422, "invalid")
            refusal.body = invalid_fields(error)
            raise refusal from error
        call.run(plan.job)
    return calls.answer(plan).model_dump()


def _interrogate(call: Call) -> object:
    model = call.read(InterrogateRequest).model
    raise Refusal(501, f"no interrogation model ({model}) is part of this engine", field="model")


class _DetectRequest(Wire):
    """POST ``/controlnet/detect``."""

    controlnet_module: Name = "none"
    controlnet_input_images: list[Base64Image] = Field(default_factory=list, max_length=16)
    controlnet_processor_res: int = Field(default=512, ge=-1, le=2048)
    controlnet_threshold_a: float = -1
    controlnet_threshold_b: float = -1
    low_vram: bool = False


def _detect(call: Call) -> object:
    asked = call.read(_DetectRequest)
    stock, painter = call.engine.stock(), call.engine.painter
    stocked.need(stock, "controlnet", "controlnet_module")
    if not isinstance(painter, Preprocesses):
        raise Refusal(501, "this painter shows no preprocessors", field="controlnet_module")
    module = stocked.module(asked.controlnet_module, stock, "controlnet_module")
    if not asked.controlnet_input_images:
        raise Refusal(422, "No image selected", field="controlnet_input_images")
    # -1 is how clients say "your own".
    resolution = asked.controlnet_processor_res if asked.controlnet_processor_res > 0 else 512
    controls = [
        Control(
            model="",
            module=module,
            image=paints.picture(image, "controlnet_input_images"),
            processor_res=resolution,
            threshold_a=asked.controlnet_threshold_a,
            threshold_b=asked.controlnet_threshold_b,
            low_vram=asked.low_vram,
        )
        for image in asked.controlnet_input_images
    ]
    made: list[str] = []

    def work(report: Report) -> None:
        for control in controls:
            data = encode.picture(painter.preprocess(control), "", "png", 100)
            made.append(lists.as_base64(data))

    _work(call, painter, work)
    return {"images": made, "info": "Success", "poses": []}


# ── Settings and the machine ─────────────────────────────────────────────────────────────────
def _options(call: Call) -> object:
    return call.engine.options.read()


def _set_options(call: Call) -> object:
    if not isinstance(call.body, dict):
        raise Refusal(422, "an object of settings", field="body")
    call.engine.options.update(call.body)
    return None


def _refresh(call: Call) -> object:
    call.engine.refresh()
    return None


def _unload(call: Call) -> object:
    """Where the painter holds nothing that it could give back, nothing is what is done."""
    painter = call.engine.painter

    def work(report: Report) -> None:
        if isinstance(painter, Unloads):
            painter.unload()

    _work(call, painter, work)
    return {}


def _reload(call: Call) -> object:
    painter = call.engine.painter
    _work(call, painter, lambda _: painter.warm())
    return {}


def _work(call: Call, painter: Painter, work: Callable[[Report], None]) -> None:
    """In the paint thread, in its turn: nothing else may touch the painter's models."""
    job = Job(f"work-{uuid4().hex}", painter, work=work)
    call.run(job)
    if job.error:
        raise calls.failure(job.error)


def _ping(call: Call) -> object:
    return {"ready": call.engine.warm.is_set()}


def _metrics(call: Call) -> object:
    return Plain(call.engine.metrics.text(), metrics.CONTENT_TYPE)


def _nothing(call: Call) -> object:
    """artists and their categories: clients of old WebUIs still ask."""
    return []


def _no_training(call: Call) -> object:
    raise Refusal(501, "this engine does not train; Easel trains LoRAs by its own API")


def _no_stopping(call: Call) -> object:
    raise Refusal(403, "only whoever started this engine ends it")


Route = Callable[[Call], object]
API = "/sdapi/v1/"
ROUTES: dict[tuple[str, str], Route] = {
    ("POST", f"{API}txt2img"): _txt2img,
    ("POST", f"{API}img2img"): _img2img,
    ("POST", f"{API}extra-single-image"): extras.single,
    ("POST", f"{API}extra-batch-images"): extras.batch,
    ("POST", f"{API}png-info"): extras.png_info,
    ("POST", f"{API}interrogate"): _interrogate,
    ("GET", f"{API}progress"): progress.progress,
    ("POST", f"{API}interrupt"): progress.interrupt,
    ("POST", f"{API}skip"): progress.skip,
    ("POST", "/internal/progress"): progress.task_progress,
    ("GET", "/internal/pending-tasks"): progress.pending,
    ("GET", "/internal/ping"): _ping,
    ("GET", "/queue/status"): progress.gradio,
    ("GET", "/internal/sysinfo"): lists.system,
    ("GET", "/internal/sysinfo-download"): lists.system,
    ("GET", "/internal/quicksettings-hint"): lists.quick_settings,
    ("GET", "/internal/profile-startup"): lists.startup,
    ("GET", "/metrics"): _metrics,
    ("GET", f"{API}options"): _options,
    ("POST", f"{API}options"): _set_options,
    ("GET", f"{API}cmd-flags"): lists.flags,
    ("GET", f"{API}sd-models"): lists.sd_models,
    ("GET", f"{API}samplers"): lists.sampler_rows,
    ("GET", f"{API}schedulers"): lists.scheduler_rows,
    ("GET", f"{API}upscalers"): lists.upscalers,
    ("GET", f"{API}latent-upscale-modes"): lists.latent_upscale_modes,
    ("GET", f"{API}sd-vae"): lists.vaes,
    ("GET", f"{API}sd-modules"): lists.vaes,
    ("GET", f"{API}hypernetworks"): lists.hypernetworks,
    ("GET", f"{API}face-restorers"): lists.face_restorers,
    ("GET", f"{API}realesrgan-models"): lists.realesrgan_models,
    ("GET", f"{API}prompt-styles"): lists.prompt_styles,
    ("GET", f"{API}embeddings"): lists.embeddings,
    ("GET", f"{API}loras"): lists.loras,
    ("GET", f"{API}scripts"): lists.scripts,
    ("GET", f"{API}script-info"): lists.script_info,
    ("GET", f"{API}extensions"): lists.extensions,
    ("GET", f"{API}memory"): lists.machine_memory,
    ("GET", f"{API}artists"): _nothing,
    ("GET", f"{API}artist-categories"): _nothing,
    ("POST", f"{API}refresh-checkpoints"): _refresh,
    ("POST", f"{API}refresh-loras"): _refresh,
    ("POST", f"{API}refresh-vae"): _refresh,
    ("POST", f"{API}refresh-embeddings"): _refresh,
    ("POST", f"{API}unload-checkpoint"): _unload,
    ("POST", f"{API}reload-checkpoint"): _reload,
    ("POST", f"{API}create/embedding"): _no_training,
    ("POST", f"{API}create/hypernetwork"): _no_training,
    ("POST", f"{API}train/embedding"): _no_training,
    ("POST", f"{API}train/hypernetwork"): _no_training,
    ("POST", f"{API}server-kill"): _no_stopping,
    ("POST", f"{API}server-restart"): _no_stopping,
    ("POST", f"{API}server-stop"): _no_stopping,
    ("GET", "/controlnet/version"): lists.controlnet_version,
    ("GET", "/controlnet/model_list"): lists.controlnet_models,
    ("GET", "/controlnet/module_list"): lists.controlnet_modules,
    ("GET", "/controlnet/control_types"): lists.control_types,
    ("GET", "/controlnet/settings"): lists.controlnet_settings,
    ("POST", "/controlnet/detect"): _detect,
    ("GET", "/adetailer/v1/ad_model"): lists.detectors,
    ("POST", "/rembg"): rembg.answer,
}
SLOW = frozenset(
    {
        "/rembg",
        *(f"{API}{n}" for n in ("txt2img", "img2img", "extra-single-image", "extra-batch-images")),
    }
)
OPEN = frozenset({"/internal/ping"})  # paths that need no credential: liveness, nothing else


def answer(method: str, path: str, call: Call) -> Any:
    """The JSON to answer with, or Plain. Raises Refusal for everything else, an unknown route
    included."""
    route = ROUTES.get((method, path))
    if route is None:
        known = any(path == other for _, other in ROUTES)
        raise Refusal(405, "Method Not Allowed") if known else Refusal(404, "Not Found")
    return route(call)
