"""WebUI's paths, one literal table: what answers, and what is refused by name."""

from __future__ import annotations

from django.urls import path, re_path

from generation.dialects.door import nothing
from generation.dialects.sdwebui import errors, lists, views, views_extras, views_task
from generation.dialects.sdwebui.views_lists import (
    forbidden,
    listing,
    not_served,
    png_info,
    refreshed,
)

LISTS = {
    "sd-models": lists.sd_models,
    "sd-vae": lists.vaes,
    "sd-modules": lists.vaes,
    "samplers": lists.samplers,
    "schedulers": lists.schedulers,
    "upscalers": lists.upscalers,
    "latent-upscale-modes": lists.latent_upscale_modes,
    "realesrgan-models": lists.realesrgan_models,
    "face-restorers": lists.face_restorers,
    "prompt-styles": lists.prompt_styles,
    "embeddings": lists.embeddings,
    "loras": lists.loras,
    "hypernetworks": lists.nothing,
    "scripts": lists.scripts,
    "script-info": lists.script_info,
    "extensions": lists.nothing,
    "artists": lists.nothing,
    "artist-categories": lists.nothing,
    "memory": lists.memory,
    "cmd-flags": lists.flags,
}
REFRESH = ("refresh-checkpoints", "refresh-vae", "refresh-loras", "refresh-embeddings")
NOT_SERVED = (
    "create/embedding",
    "create/hypernetwork",
    "train/embedding",
    "train/hypernetwork",
)
FORBIDDEN = (
    "server-kill",
    "server-restart",
    "server-stop",
    "unload-checkpoint",
    "reload-checkpoint",
)
SDAPI = "sdapi/v1/"

urlpatterns = [
    path(f"{SDAPI}txt2img", views.text_to_image),
    path(f"{SDAPI}img2img", views.image_to_image),
    path(f"{SDAPI}extra-single-image", views_extras.single),
    path(f"{SDAPI}extra-batch-images", views_extras.batch),
    path(f"{SDAPI}interrogate", views_extras.interrogate),
    path(f"{SDAPI}progress", views_task.progress),
    path(f"{SDAPI}interrupt", views_task.interrupt),
    path(f"{SDAPI}skip", views_task.skip),
    path(f"{SDAPI}options", views_task.options),
    path(f"{SDAPI}png-info", png_info),
    *(path(f"{SDAPI}{name}", listing(rows)) for name, rows in LISTS.items()),
    *(path(f"{SDAPI}{name}", refreshed) for name in REFRESH),
    *(path(f"{SDAPI}{name}", not_served(name)) for name in NOT_SERVED),
    *(path(f"{SDAPI}{name}", forbidden(name)) for name in FORBIDDEN),
    path("internal/ping", views_task.ping),
    path("internal/progress", views_task.internal_progress),
    path("internal/pending-tasks", views_task.pending_tasks),
    path("controlnet/version", listing(lists.controlnet_version)),
    path("controlnet/model_list", listing(lists.controlnet_models)),
    path("controlnet/module_list", listing(lists.controlnet_modules)),
    re_path(r"^(?:sdapi|controlnet)/(?P<rest>[\s\S]*)\Z", nothing(errors.error_form)),
]
