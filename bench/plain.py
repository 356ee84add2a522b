"""The first reference: plain Django, by hand. At most 20 lines a view."""

from __future__ import annotations

import hashlib
import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from bench.models import Job, Key

TEXTS = {"prompt": 8000, "negative_prompt": 8000, "sampler": 64, "checkpoint": 255}
NUMBERS = {
    "steps": (1, 150),
    "width": (64, 1024),
    "height": (64, 1024),
    "seed": (-1, 2**62),
    "cfg_scale": (1, 30),
}


@csrf_exempt
def submit(request: HttpRequest) -> HttpResponse:
    digest = hashlib.sha256(request.headers.get("X-Key", "").encode()).hexdigest()
    key = Key.objects.filter(digest=digest).first()
    if key is None:
        return JsonResponse({"error": "key"}, status=401)
    body = json.loads(request.body)
    for name, most in TEXTS.items():
        if not isinstance(body.get(name), str) or len(body[name]) > most:
            return JsonResponse({"error": name}, status=400)
    for name, (low, high) in NUMBERS.items():
        if not isinstance(body.get(name), int | float) or not low <= body[name] <= high:
            return JsonResponse({"error": name}, status=400)
    fields = {name: body[name] for name in (*TEXTS, *NUMBERS)}
    job = Job.objects.create(owner=key.owner, **fields)
    return JsonResponse({"id": str(job.pk)})


@csrf_exempt
def poll(request: HttpRequest, job_id: str) -> HttpResponse:
    digest = hashlib.sha256(request.headers.get("X-Key", "").encode()).hexdigest()
    key = Key.objects.filter(digest=digest).first()
    if key is None:
        return JsonResponse({"error": "key"}, status=401)
    job = Job.objects.get(pk=job_id, owner=key.owner)
    shown = {name: getattr(job, name) for name in (*TEXTS, *NUMBERS)}
    return JsonResponse(
        {"id": str(job.pk), "state": job.state, "created_at": job.created_at, **shown}
    )
