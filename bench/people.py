"""Tenants with credit, and what their programs send: Easel's key, the plain view's, DRF's token."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from rest_framework.authtoken.models import Token

from accounts.actor import Actor, actor_for
from accounts.models import Tenant, User
from accounts.tenancy import create_tenant
from bench.models import Job, Key

PROMPT = "a red apple on a wooden table beside a window, morning light, highly detailed"
FIELDS: dict[str, Any] = {
    "prompt": PROMPT,
    "negative_prompt": "lowres, blurry",
    "steps": 20,
    "width": 512,
    "height": 512,
    "seed": 42,
    "cfg_scale": 7,
}


@dataclass(frozen=True)
class Caller:
    tenant: Tenant
    user: User
    saas: dict[str, str]
    token: str
    key: str
    drf: str

    @property
    def actor(self) -> Actor:
        return actor_for(self.tenant, self.user, "owner", "session", None)

    def session(self) -> str:
        """The cookie of a browser in which the owner is signed in."""
        store = SessionStore()
        store[SESSION_KEY] = str(self.user.pk)
        store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        store[HASH_SESSION_KEY] = self.user.get_session_auth_hash()
        store.save()
        return f"sessionid={store.session_key}"


def caller(name: str) -> Caller:
    made = create_tenant(name, f"{name}@example.com", credits=10**9)
    # As many as a run can submit: the bound itself is part of what is measured.
    Tenant.objects.filter(pk=made.tenant.pk).update(max_queued=10**6)
    key = secrets.token_urlsafe(32)
    Key.objects.create(digest=hashlib.sha256(key.encode()).hexdigest(), owner=made.user.pk)
    return Caller(
        tenant=made.tenant,
        user=made.user,
        saas={
            "X-Request-req-accessKeyId": made.access_key.key.public_id,
            "X-Request-req-accessKeySecret": made.access_key.secret,
        },
        token=made.api_token.secret,
        key=key,
        drf=Token.objects.create(user=made.user).key,
    )


def submits(who: str, each: Caller, checkpoint: str) -> dict[str, Any]:
    """One request of a load: the same nine fields, each in the form of its view."""
    named = FIELDS | {"sampler": "Euler a", "checkpoint": checkpoint}
    if who == "easel":
        scripts = {"sd_model_checkpoint": checkpoint, "id_task": "bench-{n}"}
        body = FIELDS | {"seed": "42", "sampler_index": "Euler a", "batch_size": 1}
        body |= {"always_on_scripts": scripts}
        return _post("/AIGCImgOpenServ/saas/sd/v2/text2image", each.saas, body)
    if who == "plain":
        return _post("/bench/plain", {"X-Key": each.key}, named)
    return _post("/bench/drf", {"Authorization": f"Token {each.drf}"}, named)


def polls(who: str, each: Caller, task: str) -> dict[str, Any]:
    if who == "easel":
        path = "/AIGCImgOpenServ/saas/sd/v2/queryTaskInfo"
        return _post(path, each.saas, {"businessTaskId": task})
    job = Job.objects.filter(owner=each.user.pk).values_list("pk", flat=True).first()
    headers = {"X-Key": each.key} if who == "plain" else {"Authorization": f"Token {each.drf}"}
    return {"method": "GET", "path": f"/bench/{who}/{job}", "headers": headers, "body": ""}


def _post(path: str, headers: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    return {"method": "POST", "path": path, "headers": headers, "body": json.dumps(body)}
