"""saas, both ways: bodies to requests, snapshots to bodies. Pure.

Envelope ``{"code": "200" | "400", "msg", "data"}``; the code is a string. Status values of a task:
0 failed, 1 generating, 2 success, 3 queued, 5 uploading.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generation.dialects.coercion import Notes, in_their_words, read
from generation.dialects.saas.fields import ADetailerArgs, TextToImage
from generation.errors import EaselError
from generation.request import ADetailerUnit, Hires, ImageRequest
from generation.snapshot import OutputSnapshot, ProgressSnapshot, TaskSnapshot
from generation.states import OutputState, TaskState

FAILED, GENERATING, SUCCESS, QUEUED = 0, 1, 2, 3
STATUS = {
    TaskState.UPLOADING: (GENERATING, "任务生成中"),
    TaskState.QUEUED: (QUEUED, "任务排队中"),
    TaskState.CLAIMED: (QUEUED, "任务排队中"),
    TaskState.RUNNING: (GENERATING, "任务生成中"),
    TaskState.DONE: (SUCCESS, "任务成功 !"),
    TaskState.FAILED: (FAILED, "任务失败"),
    TaskState.CANCELLED: (FAILED, "任务已取消"),
}
# The appendix of task error codes, sent as data.errorCode of a failed task.
ERROR_CODES = {
    "invalid": 1001,
    "unknown_model": 1004,
    "not_servable": 1004,
    "fetch_failed": 2001,
    "egress_refused": 2001,
    "queue_full": 3001,
    "out_of_memory": 3003,
    "timed_out": 3004,
    "content_refused": 4001,
    "internal": 5000,
}
GENERATION_FAILED = 3002
# Our names of fields → the names in this API.
FIELDS = {
    "checkpoint": "always_on_scripts.sd_model_checkpoint",
    "vae": "always_on_scripts.sd_vae",
    "sampler": "sampler_index",
    "images": "n_iter",
    "hires": "enable_hr",
    "hires.upscaler": "hr_upscaler",
    "loras": "prompt",
    "callback_url": "callbackUrl",
    "client_id": "always_on_scripts.id_task",
    "adetailer": "always_on_scripts.ADetailer",
}


@dataclass(frozen=True)
class Asked:
    """What a generation call asks for."""

    request: ImageRequest
    client_id: str
    callback_url: str
    warnings: tuple[str, ...]


def text2image(body: Mapping[str, Any], *, default_format: str, strict: bool = False) -> Asked:
    """InvalidRequest naming the field, in this API's spelling."""
    notes = Notes(strict=strict)
    wire = read(TextToImage, body, notes)
    scripts = wire.always_on_scripts
    override = wire.override_settings or scripts.override_settings
    sampler = wire.sampler_index or wire.sampler_name
    if not sampler:
        notes.warnings.append("sampler_index: absent, Euler a is used")
    request = ImageRequest(
        prompt=wire.prompt,
        negative_prompt=wire.negative_prompt,
        checkpoint=scripts.sd_model_checkpoint,
        vae=scripts.sd_vae,
        clip_skip=max(
            override.CLIP_stop_at_last_layers, scripts.override_settings.CLIP_stop_at_last_layers
        ),
        width=wire.width,
        height=wire.height,
        steps=wire.steps,
        cfg_scale=wire.cfg_scale,
        sampler=sampler or "Euler a",
        seed=wire.seed,
        batch_size=min(wire.batch_size, 64),
        n_iter=min(wire.n_iter, 64),
        restore_faces=wire.restore_faces,
        hires=_hires(wire),
        adetailer=tuple(_adetailer(unit) for unit in scripts.ADetailer.args if _acts(unit)),
        output_format=_format(scripts.output_image_format or default_format),
    )
    return Asked(request, scripts.id_task, wire.callbackUrl, tuple(notes.warnings))


def _format(name: str) -> Any:
    return "jpg" if name.lower() in ("jpg", "jpeg") else "png"


def _hires(wire: TextToImage) -> Hires | None:
    if not wire.enable_hr:
        return None
    return Hires(
        scale=wire.hr_scale,
        width=wire.hr_resize_x,
        height=wire.hr_resize_y,
        upscaler=wire.hr_upscaler,
        steps=wire.hr_second_pass_steps,
        denoising_strength=wire.denoising_strength,
    )


def _acts(unit: ADetailerArgs) -> bool:
    return unit.ad_model.strip().lower() not in ("", "none")


def _adetailer(unit: ADetailerArgs) -> ADetailerUnit:
    sized = unit.ad_use_inpaint_width_height
    return ADetailerUnit(
        model=unit.ad_model,
        prompt=unit.ad_prompt,
        negative_prompt=unit.ad_negative_prompt,
        confidence=unit.ad_confidence,
        mask_min_ratio=unit.ad_mask_min_ratio,
        mask_max_ratio=unit.ad_mask_max_ratio,
        dilate_erode=unit.ad_dilate_erode,
        x_offset=unit.ad_x_offset,
        y_offset=unit.ad_y_offset,
        mask_merge_invert=unit.ad_mask_merge_invert,
        mask_blur=unit.ad_mask_blur,
        denoising_strength=unit.ad_denoising_strength,
        only_masked=unit.ad_inpaint_only_masked,
        only_masked_padding=unit.ad_inpaint_only_masked_padding,
        width=unit.ad_inpaint_width if sized else None,
        height=unit.ad_inpaint_height if sized else None,
        steps=unit.ad_steps if unit.ad_use_steps else None,
        cfg_scale=unit.ad_cfg_scale if unit.ad_use_cfg_scale else None,
        sampler=unit.ad_sampler if unit.ad_use_sampler else None,
        noise_multiplier=unit.ad_noise_multiplier if unit.ad_use_noise_multiplier else None,
        restore_face=unit.ad_restore_face,
        controlnet_model=unit.ad_controlnet_model,
        controlnet_module=unit.ad_controlnet_module,
        controlnet_weight=unit.ad_controlnet_weight,
        controlnet_guidance_start=unit.ad_controlnet_guidance_start,
        controlnet_guidance_end=unit.ad_controlnet_guidance_end,
    )


def success(data: Any) -> dict[str, Any]:
    return {"code": "200", "msg": "success", "data": data}


def accepted(client_id: str) -> dict[str, Any]:
    return success({"task_id": client_id})


def error_form(error: EaselError) -> tuple[int, dict[str, Any]]:
    """HTTP 200 with code "400" for every business outcome; the rest by its HTTP status."""
    status = {
        "unauthenticated": 401,
        "rate_limited": 429,
        "queue_full": 429,
        "too_large": 413,
        "internal": 500,
    }.get(error.code, 200)
    message = in_their_words(error, FIELDS)
    return status, {"code": str(status if status != 200 else 400), "msg": message, "data": None}


def task_info(task: TaskSnapshot) -> dict[str, Any]:
    """The queryTaskInfo envelope."""
    return success(_task_data(task))


def callback_body(task: TaskSnapshot) -> dict[str, Any]:
    """The same, with the id under each name that the documents use."""
    ids = {"task_id": task.client_id, "businessTaskId": task.client_id}
    return success(_task_data(task) | ids)


def _task_data(task: TaskSnapshot) -> dict[str, Any]:
    status, text = STATUS[task.state]
    data = {
        "id_task": task.client_id or str(task.id),
        "status": status,
        "desc": text,
        "temporaryImageDto": _temporary(task.progress, task.images),
        "differentialImageRspList": _pictures(task) if status == SUCCESS else None,
    }
    if task.state == TaskState.FAILED:
        data["desc"] = f"{text}: {task.error_message}" if task.error_message else text
        data["errorCode"] = ERROR_CODES.get(task.error_code, GENERATION_FAILED)
    return data


def _temporary(progress: ProgressSnapshot | None, images: int) -> dict[str, Any] | None:
    if progress is None:
        return None
    done = min(int(progress.fraction * images), images - 1)
    preview = base64.b64encode(progress.preview).decode() if progress.preview else None
    return {
        "progress": f"{progress.fraction:.2f}",
        "currentImage": preview,
        "jobNo": done,
        "jobCount": images,
    }


def _pictures(task: TaskSnapshot) -> list[dict[str, Any]]:
    return [_picture(output) for output in task.outputs]


def _picture(output: OutputSnapshot) -> dict[str, Any]:
    shown = output.state == OutputState.VISIBLE
    labels = [{"confidence": label.confidence, "label": label.name} for label in output.labels]
    return {
        "img_audit": labels or [{"confidence": None, "label": "nonLabel"}],
        "img_audit_status": shown,
        "image_status": 1 if shown else 2,
        "image_url": output.url if shown else None,
        "seed": output.seed,
    }


def page(rows: Sequence[dict[str, Any]], *, total: int, size: int, number: int) -> dict[str, Any]:
    return success({"rows": list(rows), "total": total, "pageSize": size, "pageNum": number})


def model_row(entry: Any) -> dict[str, Any]:
    """One row of queryModelList from a catalog entry. Commas inside addresses are encoded: the
    pictures are one comma-joined string."""
    pictures = [url.replace(",", "%2C") for url in entry.picture_urls or [] if url]
    cover = (entry.cover_url or "").replace(",", "%2C") or (pictures[0] if pictures else "")
    return {
        "id": entry.pk,
        "sdModelCheckpoint": entry.name,
        "sdModelName": entry.title or entry.name,
        "modelBaseModel": entry.base_model,
        "modelHash": (entry.sha256 or "").upper(),
        "modelType": entry.model_type,
        "modelVersion": entry.version,
        "modelStatus": int(entry.online),
        "modelUploadStatus": entry.upload_status,
        "modelImgUrl2": ",".join(pictures),
        "modelCoverImgUrl2": cover,
        "isAdult": int(entry.is_adult),
    }
