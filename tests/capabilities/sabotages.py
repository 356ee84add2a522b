"""One small breakage a capability: (number, file, what stands there, what is put in its place).

``make full`` applies each in a copy of the tree and asks that the capability's own tests fail:
a test that cannot fail shows nothing. ``test_page`` asks that each still finds its line.
"""

from __future__ import annotations

from typing import NamedTuple


class Sabotage(NamedTuple):
    number: str
    file: str
    old: str
    new: str


QRAPI = "generation/dialects/qrapi/wire.py"
QRAPI_URLS = "generation/dialects/qrapi/urls.py"
SDTEST = "generation/dialects/sdtest/views.py"
SDTEST_WIRE = "generation/dialects/sdtest/wire.py"
WEBUI = "generation/dialects/sdwebui/calls.py"
ASKING = "generation/dialects/saas/asking.py"
FIELDS = "generation/dialects/saas/fields.py"
LISTS = "generation/dialects/saas/lists.py"
QUERIES = "generation/dialects/saas/views_queries.py"
URLS = "generation/dialects/saas/urls.py"
WIRE = "generation/dialects/saas/wire.py"
TOOL_URLS = "tools/saas/urls.py"
ENHANCE = "tools/image/enhance.py"
REMOVE = "tools/image/background_remove.py"
PAYLOAD = "generation/backends/sdwebui/payload.py"

SABOTAGES: tuple[Sabotage, ...] = (
    Sabotage("Q01", QRAPI, '        "prompt": wire.prompt,', '        "prompt": "a cat",'),
    Sabotage("Q02", QRAPI, "QrArt(content=content,", 'QrArt(content="x",'),
    Sabotage("Q03", QRAPI, "styles=(HANFU,) if", "styles=() if"),
    Sabotage("Q04", "catalog/examples.py", '"rockColor"', '"rockColour"'),
    Sabotage("Q05", "catalog/examples.py", '"fast", "DPM fast"', '"fast", "LMS"'),
    Sabotage("Q06", QRAPI, "LORA_WEIGHT = 0.8", "LORA_WEIGHT = 0.9"),
    Sabotage("Q07", QRAPI, "style=style, source", 'style="default", source'),
    Sabotage(
        "Q08", "accounts/trial.py", "    if not hmac.compare_digest(key", "    if False and (key"
    ),
    Sabotage("Q09", QRAPI, "        return 1\n", "        return 0\n"),
    Sabotage("Q10", QRAPI, "timedelta(minutes=5)", "timedelta(minutes=50)"),
    Sabotage("Q11", QRAPI, '"unauthenticated": 401', '"unauthenticated": 200'),
    Sabotage("W01", WEBUI, "prompt=_lora_tags(wire.prompt, notes)", 'prompt="a cat"'),
    Sabotage("W02", WEBUI, "batch_size=wire.batch_size,", "batch_size=1,"),
    Sabotage("W03", WEBUI, "    if wire.enable_hr:", "    if False:"),
    Sabotage("W04", WEBUI, "prompt=_lora_tags(wire.prompt, notes)", "prompt=wire.prompt[:9]"),
    Sabotage(
        "W05", "generation/dialects/sdwebui/views.py", "client_id=asked.wire.task or", "client_id="
    ),
    Sabotage(
        "W06", "generation/progress.py", "                progress.step,", "                0,"
    ),
    Sabotage(
        "W07", "generation/dialects/sdwebui/caller.py", "Chosen.model_validate(", "Chosen() or ("
    ),
    Sabotage("T01", SDTEST_WIRE, "[drawing.prompt]", '["a cat"]'),
    Sabotage("T02", SDTEST_WIRE, "init=Init(image=images[0]) if images else None", "init=None"),
    Sabotage("T03", SDTEST, '_history(request, user, "t2i")', '_history(request, user, "i2i")'),
    Sabotage("T04", SDTEST, '_history(request, user, "i2i")', '_history(request, user, "t2i")'),
    Sabotage("T05", SDTEST, "{output.sha256}", "{id(request)}"),
    Sabotage("T06", SDTEST, "int(output.seed))", "0)"),
    Sabotage("T07", SDTEST, "    deletion.delete_picture(actor, found.pk)\n", ""),
    Sabotage("T08", SDTEST_WIRE, "[self.style] if self.style", "[] if self.style"),
    Sabotage("M01", WIRE, '"input_unusable": 2002', '"input_unusable": 2999'),
    Sabotage("M02", ASKING, "        prompt=wire.prompt,", '        prompt="",'),
    Sabotage("M03", URLS, "sd/v3/text2image", "sd/v4/text2image"),
    Sabotage("M04", ASKING, 'init = None if call == "text2image"', 'init = None if call != ""'),
    Sabotage("M05", URLS, "sd/v3/image2image", "sd/v4/image2image"),
    Sabotage(
        "M06",
        ASKING,
        "mask=_mask(wire, pictures) if init",
        "mask=_mask(wire, pictures) if not init",
    ),
    Sabotage("M07", ASKING, "        module=args.module,", '        module="none",'),
    Sabotage("M08", LISTS, '"sdModelCheckpoint": entry.name', '"sdModelCheckpoint": entry.title'),
    Sabotage(
        "M09",
        LISTS,
        '"sdLoraFileSimplifyName": entry.simplify_name',
        '"sdLoraFileSimplifyName": ""',
    ),
    Sabotage("M10", LISTS, '"vaeFileName": entry.name', '"vaeFileName": ""'),
    Sabotage(
        "M11", LISTS, '"embeddingSimplifyName": entry.simplify_name', '"embeddingSimplifyName": ""'
    ),
    Sabotage("M12", QUERIES, 'query.month not in ("", made)', "False"),
    Sabotage("M13", WIRE, 'f"{progress.fraction:.2f}"', "progress.fraction"),
    Sabotage("M14", TOOL_URLS, "tool/<path:tool>/queryTask", "tool/<str:tool>/queryTask"),
    Sabotage("M27", "tools/registry.py", '"enhance": "tools', '"enhanced": "tools'),
    Sabotage("M28", "tools/image/roop.py", '"sourceUrl", pictures', '"targetUrl", pictures'),
    Sabotage("M34", REMOVE, "if cutout.with_mask else []", "if cutout.background else []"),
    Sabotage(
        "X01",
        "accounts/credentials.py",
        'KEY_SECRET = "HTTP_X_REQUEST_REQ_ACCESSKEYSECRET"',
        "KEY_SECRET = KEY_ID",
    ),
    Sabotage("X02", "accounts/credentials.py", 'case "appcode":', 'case "app-code":'),
    Sabotage(
        "X03",
        "generation/dialects/door.py",
        'JSON = "application/json;charset=UTF-8"',
        'JSON = "application/json"',
    ),
    Sabotage("X04", WIRE, '"code": "200", "msg"', '"code": 200, "msg"'),
    Sabotage(
        "X05",
        "generation/finish.py",
        "    if task.callback_url:\n        Delivery",
        "    if False:\n        Delivery",
    ),
    Sabotage("X06", "generation/callbacks/ladder.py", "WAITS = (3, 5, 15,", "WAITS = (3, 3, 3,"),
    Sabotage("X07", WIRE, '"id_task": task.client_id or', '"id_task": ""  or'),
    Sabotage("X08", "generation/dialects/saas/queries.py", '"task_id", "taskId")', ")"),
    Sabotage("X09", ASKING, "        steps=wire.hr_second_pass_steps,", "        steps=0,"),
    Sabotage("X10", ASKING, "restore_faces=wire.restore_faces", "restore_faces=False"),
    Sabotage("X11", ASKING, "n_iter=min(wire.n_iter, 64)", "n_iter=1"),
    Sabotage("X12", ASKING, "    return found or SAMPLER", "    return SAMPLER"),
    Sabotage("X13", FIELDS, "None if number < 0 else number", "None"),
    Sabotage("X14", ASKING, "cfg_scale=wire.cfg_scale", "cfg_scale=7.0"),
    Sabotage(
        "X15",
        ASKING,
        "        prompt=wire.prompt,",
        '        prompt=wire.prompt.encode("ascii", "ignore").decode(),',
    ),
    Sabotage(
        "X16",
        LISTS,
        '"sdLoraFileSimplifyName": entry.simplify_name',
        '"sdLoraFileSimplifyName": entry.pk',
    ),
    Sabotage("X17", ASKING, "negative_prompt=wire.negative_prompt", 'negative_prompt=""'),
    Sabotage("X18", ASKING, "checkpoint=scripts.sd_model_checkpoint", 'checkpoint=""'),
    Sabotage("X19", ASKING, "vae=scripts.sd_vae", 'vae=""'),
    Sabotage(
        "X20", ASKING, "clip_skip=scripts.override_settings.CLIP_stop_at_last_layers", "clip_skip=1"
    ),
    Sabotage("X21", ASKING, 'return "jpg" if', 'return "png" if'),
    Sabotage("X22", "generation/dialects/adetailer.py", '"mask_blur",', ""),
    Sabotage("X23", "generation/dialects/adetailer.py", '"controlnet_weight", ', ""),
    Sabotage(
        "X24", ASKING, "image=reference(scripts.image_link", "image=reference(scripts.mask_link"
    ),
    Sabotage(
        "X25",
        ASKING,
        "        denoising_strength=wire.denoising_strength,\n        noise",
        "        noise",
    ),
    Sabotage("X26", ASKING, "fill=MaskFill(wire.inpainting_fill)", "fill=MaskFill(1)"),
    Sabotage("X27", ASKING, "        resize_mode=wire.resize_mode,", ""),
    Sabotage("X28", ASKING, "        image_cfg_scale=wire.image_cfg_scale,\n", ""),
    Sabotage("X29", ASKING, "        model=args.model,", '        model="canny",'),
    Sabotage("X30", ASKING, "        threshold_b=args.threshold_b,\n", ""),
    Sabotage(
        "X31",
        PAYLOAD,
        'args["image"] = _base64(job, unit.image)',
        'args["image"] = _init_image(job)',
    ),
    *(
        Sabotage(use, PAYLOAD, '"module": unit.module', '"module": "none"')
        for use in ("X32", "X33", "X34", "X35", "X36", "X39", "X40", "X41")
    ),
    Sabotage("X37", PAYLOAD, '"upscaling_resize": extras.factor', '"upscaling_resize": 1'),
    Sabotage(
        "X38",
        "generation/engine/cutout/remove.py",
        "np.dstack([matte.colours(picture, alpha), alpha])",
        "np.dstack([matte.colours(picture, alpha), 1 - alpha])",
    ),
    Sabotage("X42", WIRE, '"currentImage": preview', '"currentImage": None'),
    Sabotage("X43", WIRE, '"label": "nonLabel"', '"label": "none"'),
    Sabotage("X44", WIRE, '"image_status": 1 if shown else 2', '"image_status": 2'),
    Sabotage("X45", QUERIES, ":%Y-%m}", ":%m}"),
    Sabotage("X46", "generation/files/views.py", "expires_at__gt=at", "expires_at__lt=at"),
    Sabotage("X47", "catalog/listing.py", "cls(number or 1, size or", "cls(1, size or"),
    Sabotage(
        "X48",
        "catalog/listing.py",
        '"title_contains": lambda text: Q(title__icontains=text)',
        '"title_contains": lambda text: Q(title__exact=text)',
    ),
    Sabotage("X49", LISTS, '"modelStatus": int(entry.online)', '"modelStatus": 0'),
    Sabotage("X50", ENHANCE, "gfpgan_visibility=body.gfpganVisibility", "gfpgan_visibility=0"),
    Sabotage("X51", ENHANCE, "crop=body.upscalingCrop", "crop=True"),
    Sabotage(
        "X52",
        ENHANCE,
        "body.extrasUpscaler2Visibility if second",
        "0.0 if second",
    ),
)
