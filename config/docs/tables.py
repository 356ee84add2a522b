"""Which route takes and answers what: one literal table a dialect, of which ``document`` makes
OpenAPI. A dialect's own types are named (".fields.ModelQuery"; ".wire_lists.Sampler[]": a list) and
imported when the document is asked for.

A route of a dialect that stands in no table is documented with a free body; a test names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from config.docs import shapes

FORM = "multipart/form-data"
PICTURE = "image/*"
Type = type[BaseModel] | str | None


@dataclass(frozen=True, kw_only=True)
class Call:
    """``answer``: a type, or a media type of bytes; ``files``: fields of a form."""

    summary: str
    method: str = "post"
    body: Type = None
    query: Type = None
    answer: Any = shapes.Free
    media: str = "application/json"
    files: tuple[str, ...] = ()
    streams: bool = False  # server-sent events, where the body asks for them


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """``prefixes``: how its routes begin; ``doubles``: routes that are the same under another
    name, and are left out; ``error``: the shape of its errors."""

    title: str
    prefixes: tuple[str, ...]
    error: Type
    refuses_with_200: bool = False  # an envelope's code says it
    security: tuple[str, ...]
    calls: Mapping[str, tuple[Call, ...]]
    doubles: tuple[str, ...] = ()


def _get(summary: str, answer: Any, query: Type = None) -> tuple[Call, ...]:
    return (Call(summary=summary, method="get", answer=answer, query=query),)


def _post(summary: str, body: Type, answer: Any) -> tuple[Call, ...]:
    return (Call(summary=summary, body=body, answer=answer),)


_S = "AIGCImgOpenServ/saas/sd/"
_DRAWN, _DRAWN_V3 = (
    (".fields.Drawing", shapes.SaasAccepted),
    (".fields.DrawingV3", shapes.SaasAccepted),
)
_ARCHIVE = _post("Ask for a task of another month", ".queries.ArchiveQuery", shapes.SaasTaskInfo)
SAAS = Dialect(
    title="saas",
    prefixes=("AIGCImgOpenServ/", "saas/"),
    doubles=("saas/",),
    error=shapes.SaasEnvelope,
    refuses_with_200=True,
    security=("accessKey", "bearer", "appcode", "signature"),
    calls={
        f"{_S}v2/text2image": _post("Text to image", *_DRAWN),
        f"{_S}v3/text2image": _post("Text to image, version 3", *_DRAWN_V3),
        f"{_S}v2/image2image": _post("Image to image", *_DRAWN),
        f"{_S}v3/image2image": _post("Image to image, version 3", *_DRAWN_V3),
        f"{_S}v1/inpaint": _post("Repaint a part", *_DRAWN),
        f"{_S}v2/controlnet": _post("Draw with ControlNet", *_DRAWN),
        f"{_S}v2/queryModelList": _post("Checkpoints", ".queries.ModelQuery", shapes.SaasPage),
        f"{_S}v2/queryLoraList": _post("LoRAs", ".queries.LoraQuery", shapes.SaasPage),
        f"{_S}v2/queryVaeList": _post("VAEs", ".queries.VaeQuery", shapes.SaasPage),
        f"{_S}v2/queryEmbeddingList": _post("Embeddings", ".queries.Paging", shapes.SaasPage),
        f"{_S}v2/queryTaskInfo": _post("Ask for a task", ".queries.TaskQuery", shapes.SaasTaskInfo),
        f"{_S}v2/queryArchiveTaskInfo": _ARCHIVE,
        f"{_S}v2/queryArchivedTaskInfo": _ARCHIVE,
        f"{_S}v2/queryTaskDetail": _ARCHIVE,
        f"{_S}v1/train/submit": _post("Train: refused by name", shapes.Free, shapes.SaasEnvelope),
        f"{_S}v1/train/callback": _post("Train: refused by name", shapes.Free, shapes.SaasEnvelope),
        "AIGCImgOpenServ/saas/tool/{tool}": _post(
            "Run a tool: a body for each code",
            "tools.saas.bodies.AnyTool",
            shapes.SaasToolTask,
        ),
        "AIGCImgOpenServ/saas/tool/{tool}/queryTask": _post(
            "Ask for a tool's task", ".queries.TaskQuery", shapes.SaasToolTask
        ),
    },
)
_Q = "QRapi/api/v1/"
QRAPI = Dialect(
    title="qrapi",
    prefixes=("QRapi/", "test"),
    doubles=("test",),
    error=shapes.QrEnvelope,
    refuses_with_200=True,
    security=("token", "bearer", "appcode", "signature"),
    calls={
        f"{_Q}QRcode/generate": _post("Make a QR picture", ".wire.Generate", shapes.QrAccepted),
        f"{_Q}QRcode/queue-status": _get(
            "Ask for a task", shapes.QrStatusAnswer, shapes.QrStatusQuery
        ),
        f"{_Q}test": _get("Get a test token", shapes.QrEnvelope, shapes.QrTestQuery),
    },
)
_HISTORY = shapes.TestHistory, shapes.TestPage
SDTEST = Dialect(
    title="sdtest",
    prefixes=("txt2img", "img2img", "t2ihistory/", "i2ihistory/", "get_", "delete/"),
    error=shapes.TestAnswer,
    security=("accessKey", "bearer", "basic", "appcode"),
    calls={
        "txt2img": _post("Text to image", ".wire.Drawing", shapes.TestDrawn),
        "img2img": _post("Image to image", ".wire.Drawing", shapes.TestDrawn),
        "t2ihistory/{user}": _get("Pictures made from text", *_HISTORY),
        "i2ihistory/{user}": _get("Pictures made from pictures", *_HISTORY),
        "get_images/{user}/{kind}/{filename}": _get("A picture", PICTURE),
        "get_args/{user}/{kind}/{filename}": _get("What a picture was made of", shapes.Free),
        "delete/{user}/{kind}/{filename}": (
            Call(summary="Delete a picture", method="delete", answer=shapes.TestDeleted),
        ),
    },
)
_W = "sdapi/v1/"
_REFUSED = "Refused by name: not a caller's to do"
SDWEBUI = Dialect(
    title="sdwebui",
    prefixes=("sdapi/", "internal/", "controlnet/"),
    error=".wire.ErrorBody",
    security=("basic", "bearer", "accessKey"),
    calls={
        f"{_W}txt2img": _post("Text to image", ".wire.Txt2ImgRequest", ".wire.GenerationResponse"),
        f"{_W}img2img": _post("Image to image", ".wire.Img2ImgRequest", ".wire.GenerationResponse"),
        f"{_W}progress": _get(
            "The caller's progress", ".wire.ProgressResponse", ".wire.ProgressRequest"
        ),
        f"{_W}interrupt": _post("Stop the caller's task", ".wire.InterruptRequest", shapes.Said),
        f"{_W}skip": _post("Skip the caller's picture", None, shapes.Said),
        f"{_W}options": (
            Call(summary="The caller's options", method="get", answer=".wire.Options"),
            Call(summary="Set the caller's options", body=".wire.Options", answer=shapes.Said),
        ),
        f"{_W}png-info": _post(
            "Read a picture's text",
            ".wire_extras.PngInfoRequest",
            ".wire_extras.PngInfoResponse",
        ),
        f"{_W}extra-single-image": _post(
            "Upscale a picture",
            ".wire_extras.ExtrasSingleRequest",
            ".wire_extras.ExtrasSingleResponse",
        ),
        f"{_W}extra-batch-images": _post(
            "Upscale pictures",
            ".wire_extras.ExtrasBatchRequest",
            ".wire_extras.ExtrasBatchResponse",
        ),
        f"{_W}interrogate": _post(
            "Describe a picture",
            ".wire_extras.InterrogateRequest",
            ".wire_extras.InterrogateResponse",
        ),
        f"{_W}sd-models": _get("Checkpoints", ".wire_lists.SdModel[]"),
        f"{_W}sd-vae": _get("VAEs", ".wire_lists.SdVae[]"),
        f"{_W}sd-modules": _get("VAEs, under Forge's name", ".wire_lists.SdVae[]"),
        f"{_W}samplers": _get("Samplers", ".wire_lists.Sampler[]"),
        f"{_W}schedulers": _get("Schedulers", ".wire_lists.Scheduler[]"),
        f"{_W}upscalers": _get("Upscalers", ".wire_lists.Upscaler[]"),
        f"{_W}latent-upscale-modes": _get("Latent upscalers", ".wire_lists.LatentUpscaleMode[]"),
        f"{_W}realesrgan-models": _get("RealESRGAN models", ".wire_lists.RealesrganModel[]"),
        f"{_W}face-restorers": _get("Face restorers", ".wire_lists.FaceRestorer[]"),
        f"{_W}prompt-styles": _get("Styles", ".wire_lists.PromptStyle[]"),
        f"{_W}embeddings": _get("Embeddings", ".wire_lists.Embeddings"),
        f"{_W}loras": _get("LoRAs", ".wire_lists.Lora[]"),
        f"{_W}hypernetworks": _get("Hypernetworks: none", ".wire_lists.Hypernetwork[]"),
        f"{_W}scripts": _get("Scripts", ".wire_lists.Scripts"),
        f"{_W}script-info": _get("Scripts with their arguments", ".wire_lists.ScriptInfo[]"),
        f"{_W}extensions": _get("Extensions: none", ".wire_lists.Extension[]"),
        f"{_W}artists": _get("Artists: none", list[shapes.Free]),
        f"{_W}artist-categories": _get("Categories of artists: none", list[str]),
        f"{_W}memory": _get("Memory: of no machine", ".wire_lists.Memory"),
        f"{_W}cmd-flags": _get("Flags: none that say anything", shapes.Free),
        **{
            f"{_W}refresh-{name}": _post(f"Look again for {name}", None, shapes.Said)
            for name in ("checkpoints", "vae", "loras", "embeddings")
        },
        **{
            f"{_W}{name}": _post(_REFUSED, None, ".wire.ErrorBody")
            for name in (
                "create/embedding",
                "create/hypernetwork",
                "train/embedding",
                "train/hypernetwork",
                "server-kill",
                "server-restart",
                "server-stop",
                "unload-checkpoint",
                "reload-checkpoint",
            )
        },
        "internal/ping": _get("A sign of life", shapes.Free),
        "internal/progress": _post(
            "The progress of a task by its id",
            ".wire.TaskProgressRequest",
            ".wire.TaskProgressResponse",
        ),
        "internal/pending-tasks": _get("The caller's waiting tasks", ".wire.PendingTasks"),
        "controlnet/version": _get("ControlNet's version", shapes.Free),
        "controlnet/model_list": _get("ControlNet models", ".wire_lists.ControlNetModels"),
        "controlnet/module_list": _get("Preprocessors", ".wire_lists.ControlNetModules"),
    },
)
OPENAI = Dialect(
    title="openai",
    prefixes=("v1/",),
    error=shapes.OpenAiErrorBody,
    security=("bearer",),
    calls={
        "v1/images/generations": (
            Call(
                summary="Create images",
                body=".fields.Generation",
                answer=shapes.OpenAiImages,
                streams=True,
            ),
        ),
        "v1/images/edits": (
            Call(
                summary="Edit an image",
                body=".fields.Edit",
                answer=shapes.OpenAiImages,
                media=FORM,
                files=("image", "mask"),
                streams=True,
            ),
        ),
        "v1/images/variations": (
            Call(
                summary="Vary an image",
                body=".fields.Variation",
                answer=shapes.OpenAiImages,
                media=FORM,
                files=("image",),
            ),
        ),
        "v1/models": _get("List models", shapes.OpenAiModels),
        "v1/models/{name}": _get("Get a model", shapes.OpenAiModel),
    },
)
DIALECTS = {each.title: each for each in (SAAS, QRAPI, SDTEST, SDWEBUI, OPENAI)}
NAMES = ("native", *DIALECTS)
