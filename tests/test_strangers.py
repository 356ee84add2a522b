"""The whole URL map as a stranger, with the owner as positive control.

Every route stands in one of the tables below; a route that stands in none fails the test. For each
route with an id, somebody else's id is answered exactly as one that never existed, also to a
team-mate; the owner succeeds. Routes without an id refuse whoever does not say who he is, each in
its own form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts import invitations, keys
from accounts.models import KeyKind, Role
from catalog import weights
from catalog.models import Lora
from generation import albums, grids, storage, uploads, watch
from generation.axis_values import parse
from generation.dialects.native.views_catalog import KINDS
from generation.models import DataExport, Delivery, Output, Share, Task, WebhookEndpoint
from generation.request import ImageRequest
from generation.stream import Waiting
from tests.generation.house import CHECKPOINT, House
from tests.generation.painting import encoded
from tests.people import Person, settle_in

SAAS, QR, NATIVE = "AIGCImgOpenServ/saas/sd/v2/", "QRapi/api/v1/", "api/v1/"
HOOK = "api/v1/webhooks/<uuid:webhook_id>"
SENT = "/api/v1/webhooks/{webhook}/deliveries/{delivery}"


@dataclass(frozen=True)
class Owned:
    """What Alice has: a finished and a waiting task, made by each of the doors; the picture, and
    what the native API lets her keep."""

    done: UUID
    queued: UUID
    saas: UUID
    qrapi: UUID
    sdwebui: UUID
    sdtest: UUID
    image: UUID
    upload: UUID
    webhook: UUID
    delivery: UUID
    key: int
    member: int
    invitation: int
    album: int
    grid: UUID
    look: UUID
    callback: UUID
    export: UUID

    @classmethod
    def that_never_were(cls) -> Owned:
        return cls(
            *(uuid4() for _ in range(10)),
            key=2**40,
            member=2**41,
            invitation=2**42,
            album=2**43,
            grid=uuid4(),
            look=uuid4(),
            callback=uuid4(),
            export=uuid4(),
        )


Call = Callable[[Client, Person, Owned], Any]


def by_key(method: str, path: str, **sent: Any) -> Call:
    """A call of the native API, with an access key."""

    def call(client: Client, who: Person, has: Owned) -> Any:
        how: dict[str, Any] = {"headers": who.headers}
        if method != "get":
            body = {name: [str(getattr(has, each))] for name, each in sent.items()}
            how |= {"data": body, "content_type": "application/json"}
        return getattr(client, method)(path.format(**vars(has)), **how)

    return call


def with_upload(client: Client, who: Person, has: Owned) -> Any:
    sent = {"prompt": "x", "checkpoint": CHECKPOINT, "init": {"image": str(has.upload)}}
    how: dict[str, Any] = {"content_type": "application/json", "headers": who.headers}
    return client.post("/api/v1/tasks?dry_run=true", sent, **how)


def in_browser(method: str, path: str, *, said: dict[str, str] | None = None, **sent: str) -> Call:
    """``sent``: field → which of the owned; ``said``: field → value."""

    def call(_client: Client, who: Person, has: Owned) -> Any:
        client = Client()
        client.force_login(who.user, backend="django.contrib.auth.backends.ModelBackend")
        data = {name: str(getattr(has, each)) for name, each in sent.items()}
        return getattr(client, method)(path.format(**vars(has)), data | (said or {}))

    return call


def of_pictures(path: str, **more: str) -> Call:
    """A form about a picture, by its task and its place."""

    def call(_client: Client, who: Person, has: Owned) -> Any:
        client = Client()
        client.force_login(who.user, backend="django.contrib.auth.backends.ModelBackend")
        data = {name: text.format(**vars(has)) for name, text in more.items()}
        return client.post(path.format(**vars(has)), {"ids": f"{has.done}/0"} | data)

    return call


def as_a_source(client: Client, who: Person, has: Owned) -> Any:
    said = {"source": f"{has.done}/0"}
    return in_browser("post", "/studio/sources", said=said)(client, who, has)


# Each is served with and without the prefix.
SAAS_CALLS = (
    "sd/v2/text2image", "sd/v3/text2image", "sd/v2/image2image", "sd/v3/image2image",
    "sd/v1/inpaint", "sd/v2/controlnet", "sd/v1/train/submit", "sd/v1/train/callback",
    "sd/v2/queryModelList", "sd/v2/queryLoraList", "sd/v2/queryVaeList",
    "sd/v2/queryEmbeddingList",
)  # fmt: skip
SAAS_QUERIES = {
    "sd/v2/queryTaskInfo": "sd/v2/queryTaskInfo",
    "sd/v2/queryArchiveTaskInfo": "sd/v2/queryArchiveTaskInfo",
    "sd/v2/queryArchivedTaskInfo": "sd/v2/queryArchivedTaskInfo",
    "sd/v2/queryTaskDetail": "sd/v2/queryTaskDetail",
    "tool/<path:tool>/queryTask": "tool/hair/change/queryTask",
}


def saas_query(path: str, *, by_caller: bool) -> Call:
    """By the server's id, or by the caller's own."""

    def call(client: Client, who: Person, has: Owned) -> Any:
        sent = {"businessTaskId": f"mine-{has.saas}" if by_caller else str(has.saas)}
        return client.post(path, sent, content_type="application/json", headers=who.headers)

    return call


def qr_status(client: Client, who: Person, has: Owned) -> Any:
    path = f"/{QR}QRcode/queue-status"
    return client.get(path, {"id": has.qrapi.hex}, headers={"Authorization": who.jwt})


def webui_progress(client: Client, who: Person, has: Owned) -> Any:
    sent = {"task_id": f"web-{has.sdwebui}"}
    return client.get("/sdapi/v1/progress", sent, headers=who.headers)


def webui_internal_progress(client: Client, who: Person, has: Owned) -> Any:
    sent, how = {"id_task": f"web-{has.sdwebui}"}, {"content_type": "application/json"}
    return client.post("/internal/progress", sent, headers=who.headers, **how)


def sdtest(method: str, path: str) -> Call:
    """Names the user and his picture; where there is no such task, a user that never was."""

    def call(client: Client, who: Person, has: Owned) -> Any:
        user = Task.objects.filter(pk=has.sdtest).values_list("user_id", flat=True).first()
        where = path.format(user=user or 2**40, name=f"{has.sdtest.hex}-0")
        return getattr(client, method)(f"/{where}", headers=who.headers)

    return call


def signed_weights(client: Client, who: Person, has: Owned) -> Any:
    """A LoRA that Easel keeps, at the address that an engine is given for a task of Alice's."""
    if not Task.objects.filter(pk=has.done).exists():
        return client.get(f"/files/weights/{storage.weights.sign('0' * 64, timezone.now())}")
    header = b'{"lora_up.weight":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}'
    file = len(header).to_bytes(8, "little") + header + b"x"
    kept = weights.bring_lora("signed", [file], tenant_id=None)
    path = storage.weights.sign(kept.sha256, timezone.now())
    if not who.user.email.startswith("alice"):
        path = path.replace("/", "/1", 1)
    return client.get(f"/files/weights/{path}")


def signed_address(client: Client, who: Person, has: Owned) -> Any:
    """The signature is the right to see: whoever guesses has another one."""
    output = Output.objects.filter(task_id=has.done).first()
    if output is None:
        return client.get(f"/files/{uuid4()}.png")
    address = watch.of_row(has.done, "").outputs[0].url
    if who.user.email.startswith("alice"):
        return client.get(address)
    stem, _, suffix = address.rpartition(".")
    return client.get(f"{stem[:-1]}{'a' if stem[-1] != 'a' else 'b'}.{suffix}")


def asks_for_a_review(client: Client, who: Person, has: Owned) -> Any:
    """Of a picture that was blocked: another one has nothing to ask for."""
    over = timezone.now() + timedelta(days=1)
    Output.objects.filter(task_id=has.done).update(state="blocked", quarantine_until=over)
    return in_browser("post", "/studio/tasks/{done}/0/appeal")(client, who, has)


def with_input(client: Client, who: Person, has: Owned) -> Any:
    """What went into a picture."""
    for task in Task.objects.filter(pk=has.done):
        task.request["init"] = {"image": {"stored": storage.store_input(encoded())}}
        task.save(update_fields=["request"])
    return in_browser("get", "/studio/tasks/{done}/input/init")(client, who, has)


def of_a_share(client: Client, who: Person, has: Owned) -> Any:
    """The link has the task's id, for want of another place."""
    for output in Output.objects.filter(task_id=has.done).select_related("task"):
        where = {"tenant_id": output.task.tenant_id, "user_id": output.task.user_id}
        where |= {"output": output, "expires_at": timezone.now() + timedelta(days=1)}
        Share.objects.get_or_create(pk=has.done, defaults=where)
    return in_browser("post", "/studio/shares/{done}/revoke")(client, who, has)


# Route → the call that opens something by its id.
BY_ID: dict[str, Call] = {
    "api/v1/tasks/<uuid:task_id>": by_key("get", "/api/v1/tasks/{done}"),
    "api/v1/tasks/<uuid:task_id> DELETE": by_key("delete", "/api/v1/tasks/{done}"),
    "api/v1/tasks DELETE": by_key("delete", "/api/v1/tasks", ids="done"),
    "api/v1/tasks/<uuid:task_id>/cancel": by_key("post", "/api/v1/tasks/{queued}/cancel"),
    "api/v1/tasks/<uuid:task_id>/events": by_key("get", "/api/v1/tasks/{done}/events"),
    "api/v1/tasks/<uuid:task_id>/waiting": by_key("get", "/api/v1/tasks/{queued}/waiting"),
    "api/v1/grids/<uuid:grid_id>": by_key("get", "/api/v1/grids/{grid}"),
    "api/v1/grids/<uuid:grid_id> DELETE": by_key("delete", "/api/v1/grids/{grid}"),
    "api/v1/grids/<uuid:grid_id>/cancel": by_key("post", "/api/v1/grids/{grid}/cancel"),
    "api/v1/grids/<uuid:grid_id>/again": by_key("post", "/api/v1/grids/{grid}/again"),
    "api/v1/images/<uuid:image_id>": by_key("get", "/api/v1/images/{image}"),
    "api/v1/images/<uuid:image_id> DELETE": by_key("delete", "/api/v1/images/{image}"),
    "api/v1/images/<uuid:image_id>/content": by_key("get", "/api/v1/images/{image}/content"),
    "api/v1/images ?task": by_key("get", "/api/v1/images?task={done}"),
    "api/v1/uploads/<uuid:upload_id>": by_key("get", "/api/v1/uploads/{upload}"),
    "api/v1/uploads/<uuid:upload_id> DELETE": by_key("delete", "/api/v1/uploads/{upload}"),
    "api/v1/tasks ?upload": with_upload,
    "api/v1/keys/<int:key_id>": by_key("get", "/api/v1/keys/{key}"),
    "api/v1/keys/<int:key_id> PATCH": by_key("patch", "/api/v1/keys/{key}"),
    "api/v1/keys/<int:key_id> DELETE": by_key("delete", "/api/v1/keys/{key}"),
    "api/v1/keys/<int:key_id>/rotate": by_key("post", "/api/v1/keys/{key}/rotate"),
    f"{HOOK}": by_key("get", "/api/v1/webhooks/{webhook}"),
    f"{HOOK} PATCH": by_key("patch", "/api/v1/webhooks/{webhook}"),
    f"{HOOK} DELETE": by_key("delete", "/api/v1/webhooks/{webhook}"),
    f"{HOOK}/rotate": by_key("post", "/api/v1/webhooks/{webhook}/rotate"),
    f"{HOOK}/deliveries": by_key("get", "/api/v1/webhooks/{webhook}/deliveries"),
    f"{HOOK}/deliveries/<uuid:delivery_id>": by_key("get", SENT),
    f"{HOOK}/deliveries/<uuid:delivery_id>/redeliver": by_key("post", f"{SENT}/redeliver"),
    **{
        f"{before}saas/{route}": saas_query(f"/{before}saas/{path}", by_caller=not before)
        for route, path in SAAS_QUERIES.items()
        for before in ("AIGCImgOpenServ/", "")
    },
    "QRapi/api/v1/QRcode/queue-status": qr_status,
    "sdapi/v1/progress": webui_progress,
    "internal/progress": webui_internal_progress,
    "files/^(?P<path>.*)$": signed_address,
    "files/^weights/(?P<path>.*)$": signed_weights,
    "t2ihistory/<user>": sdtest("get", "t2ihistory/{user}"),
    "i2ihistory/<user>": sdtest("get", "i2ihistory/{user}"),
    "get_images/<user>/<kind>/<path:filename>": sdtest("get", "get_images/{user}/t2i/{name}"),
    "get_args/<user>/<kind>/<path:filename>": sdtest("get", "get_args/{user}/t2i/{name}"),
    "delete/<user>/<kind>/<path:filename>": sdtest("delete", "delete/{user}/t2i/{name}"),
    "studio/tasks/<uuid:task_id>": in_browser("get", "/studio/tasks/{done}"),
    "studio/tasks/<uuid:task_id>/cancel": in_browser("post", "/studio/tasks/{queued}/cancel"),
    "studio/tasks/<uuid:task_id>/<int:index>": in_browser("get", "/studio/tasks/{done}/0"),
    "studio/tasks/<uuid:task_id>/<int:index>/report": in_browser(
        "get", "/studio/tasks/{done}/0/report"
    ),
    "studio/tasks/<uuid:task_id>/<int:index>/appeal": asks_for_a_review,
    "studio/delete ?picture": of_pictures("/studio/delete"),
    "studio/restore ?picture": of_pictures("/studio/restore"),
    "studio/purge ?picture": of_pictures("/studio/purge"),
    "studio/history ?whose": in_browser("get", "/studio/history", whose="member"),
    "studio/favourite": of_pictures("/studio/favourite"),
    "studio/albums/choose": of_pictures("/studio/albums/choose", album="{album}"),
    "studio/albums/<int:album_id>": in_browser("get", "/studio/albums/{album}"),
    "studio/albums/<int:album_id>/delete": in_browser("post", "/studio/albums/{album}/delete"),
    "studio/albums/<int:album_id>/remove": of_pictures("/studio/albums/{album}/remove"),
    "studio/albums/<int:album_id>/cover": of_pictures("/studio/albums/{album}/cover"),
    **{
        f"studio/tasks/<uuid:task_id>/<int:index>/{each}": in_browser(
            "get", f"/studio/tasks/{{done}}/0/{each}"
        )
        for each in ("vary", "upscale", "cutout", "share", "code", "file")
    },
    "studio/tasks/<uuid:task_id>/again": in_browser("post", "/studio/tasks/{done}/again"),
    "studio/tasks/<uuid:task_id>/input/<str:name>": with_input,
    "studio/shares/<uuid:share_id>/revoke": of_a_share,
    "studio/zip": in_browser("post", "/studio/zip", ids="done"),
    "studio/delete": in_browser("post", "/studio/delete", ids="done"),
    "studio/restore": in_browser("post", "/studio/restore", ids="done"),
    "account/keys/<int:key_id>": in_browser("get", "/account/keys/{key}"),
    "account/webhooks/<uuid:webhook_id>": in_browser("get", "/account/webhooks/{webhook}"),
    **{
        f"account/webhooks/<uuid:webhook_id>/{deed}": in_browser(
            "post", f"/account/webhooks/{{webhook}}/{deed}"
        )
        for deed in ("rotate", "delete", "switch", "test")
    },
    "account/webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>": in_browser(
        "get", "/account/webhooks/{webhook}/deliveries/{delivery}"
    ),
    "account/webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/redeliver": in_browser(
        "post", "/account/webhooks/{webhook}/deliveries/{delivery}/redeliver"
    ),
    "account/callbacks/<uuid:delivery_id>": in_browser("get", "/account/callbacks/{callback}"),
    "account/callbacks/<uuid:delivery_id>/redeliver": in_browser(
        "post", "/account/callbacks/{callback}/redeliver"
    ),
    "account/data/exports/<uuid:export_id>": in_browser("get", "/account/data/exports/{export}"),
    "account/data/exports/<uuid:export_id>/delete": in_browser(
        "post", "/account/data/exports/{export}/delete"
    ),
    "account/keys/<int:key_id>/rotate": in_browser("post", "/account/keys/{key}/rotate"),
    "account/keys/<int:key_id>/revoke": in_browser("post", "/account/keys/{key}/revoke"),
    "account/members/<int:user_id>/role": in_browser(
        "post", "/account/members/{member}/role", said={"role": "viewer"}
    ),
    "account/members/<int:user_id>/remove": in_browser("post", "/account/members/{member}/remove"),
    "account/members/<int:user_id>/owner": in_browser("post", "/account/members/{member}/owner"),
    "account/invitations/<int:invitation_id>/resend": in_browser(
        "post", "/account/invitations/{invitation}/resend"
    ),
    "account/invitations/<int:invitation_id>/revoke": in_browser(
        "post", "/account/invitations/{invitation}/revoke"
    ),
    "studio/purge": in_browser("post", "/studio/purge", ids="done"),
    "studio/grid/<uuid:grid_id>": in_browser("get", "/studio/grid/{grid}"),
    "studio/grid/<uuid:grid_id>/cells/<int:index>": in_browser(
        "get", "/studio/grid/{grid}/cells/0"
    ),
    "studio/grid/<uuid:grid_id>/sheet.jpg": in_browser("get", "/studio/grid/{grid}/sheet.jpg"),
    **{
        f"studio/grid/<uuid:grid_id>/{verb}": in_browser(
            "get" if verb == "status" else "post", f"/studio/grid/{{grid}}/{verb}"
        )
        for verb in ("status", "cancel", "again", "delete", "restore")
    },
    "studio/grid ?from": in_browser("get", "/studio/grid?from={grid}"),
    "studio/events ?grid": in_browser("get", "/studio/events?grid={grid}"),
    "studio/sources ?ids": in_browser("get", "/studio/sources?ids={upload}"),
    "studio/sources ?source": as_a_source,
    "studio/sources/<uuid:upload_id>/<str:variant>": in_browser(
        "get", "/studio/sources/{upload}/picture"
    ),
    "studio/sources/preview/<uuid:task_id>": in_browser(
        "get", "/studio/sources/preview/{look}?unit=0"
    ),
    " ?again": in_browser("get", "/", again="done"),
    "studio/qr ?again": in_browser("get", "/studio/qr", again="done"),
}
# Route → what it says to somebody who does not say who he is: status, and words of the body.
REFUSALS: dict[str, tuple[str, int, str]] = {
    **{
        f"{before}saas/{route}": ("post", 401, '"code":"401"')
        for route in (
            *SAAS_CALLS,
            "tool/<path:tool>",  # a tool's code; no id
            *(each for each in SAAS_QUERIES if "<" not in each),
        )
        for before in ("AIGCImgOpenServ/", "")
    },
    "QRapi/api/v1/QRcode/generate": ("post", 401, '"code":401'),
    "QRapi/api/v1/test": ("get", 404, '"code":404'),
    "test": ("get", 404, '"code":404'),
    "txt2img": ("post", 401, '"code":401'),
    "img2img": ("post", 401, '"code":401'),
    "v1/images/generations": ("post", 401, '"invalid_api_key"'),
    "v1/images/edits": ("post", 401, '"invalid_api_key"'),
    "v1/images/variations": ("post", 401, '"invalid_api_key"'),
    "v1/models": ("get", 401, '"invalid_api_key"'),
    "v1/models/<path:name>": ("get", 401, '"invalid_api_key"'),
    "api/v1/tasks": ("get", 401, '"unauthenticated"'),
    "api/v1/events": ("get", 401, '"unauthenticated"'),
    "api/v1/quote": ("post", 401, '"unauthenticated"'),
    **{
        f"api/v1/{name}": ("get", 401, '"unauthenticated"')
        for name in (
            "grids",
            "images",
            "uploads",
            "balance",
            "ledger",
            "usage",
            "keys",
            "webhooks",
            *(f"catalog/{kind}" for kind in (*KINDS, "samplers")),
        )
    },
    "": ("get", 302, ""),
    "studio/qr": ("get", 302, ""),
    "studio/qr/quote": ("post", 302, ""),
    "studio/quote": ("post", 302, ""),
    "studio/models": ("get", 302, ""),
    "studio/models/": ("get", 302, ""),
    "studio/grid": ("get", 302, ""),
    "studio/grid/quote": ("post", 302, ""),
    "studio/sources": ("get", 302, ""),
    "studio/sources/history": ("get", 302, ""),
    "studio/sources/preview": ("post", 302, ""),
    "studio/suggest": ("get", 302, ""),
    "studio/recent": ("get", 302, ""),
    "studio/read": ("post", 302, ""),
    "studio/tasks": ("get", 302, ""),
    "studio/events": ("get", 302, ""),
    "studio/delete-all": ("post", 302, ""),
    "studio/cancel-all": ("post", 302, ""),
    "studio/shares": ("get", 302, ""),
    "studio/history": ("get", 302, ""),
    "studio/albums": ("get", 302, ""),
    "account/switch": ("post", 302, ""),
    **{
        f"account/{page}": ("get", 302, "")
        for page in (
            "profile",
            "organisation",
            "organisations",
            "members",
            "members/leave",
            "invitations",
        )
    },
    **{
        f"account/{page}": ("get", 302, "")
        for page in (
            "",
            "keys",
            "usage",
            "usage.csv",
            "ledger",
            "ledger.csv",
            "redeem",
            "webhooks",
            "callbacks",
            "data",
            "data/delete-account",
            "data/delete-organisation",
        )
    },
    "account/data/export": ("post", 302, ""),
    "account/data/keep": ("post", 302, ""),
    "metrics": ("get", 200, "easel_"),  # open to this machine itself; see test_health
}
PUBLIC = {"healthz", "readyz", "language/setlang/", r"^api/v1/(?P<rest>[\s\S]*)\Z"}
PUBLIC |= {  # no path of theirs, in their words
    r"^v1/(?P<rest>[\s\S]*)\Z",
    r"^(?:AIGCImgOpenServ|saas)/(?P<rest>[\s\S]*)\Z",
    r"^(?:sdapi|controlnet)/(?P<rest>[\s\S]*)\Z",
    r"^QRapi/(?P<rest>[\s\S]*)\Z",
}
PUBLIC |= {"s/<str:token>", "s/<str:token>/picture"}  # see test_sharing
PUBLIC.add("s/<str:token>/report")  # whoever has the link
PUBLIC.add("invitations/<str:token>")  # its random token is the right to see it
PUBLIC |= {r"files/^covers/(?P<digest>[0-9a-f]{64})\.webp$"}  # named by its own bytes
PUBLIC |= {
    f"docs/{each}"
    for each in (
        "",
        "errors",
        "versioning",
        "openapi/<slug:name>.json",
        "guide/<slug:name>",
        "<slug:name>/",
    )
}
# Every member may see it; it is private to the tenant.
OF_THE_TENANT = {
    "studio/models/<slug:kind>/<int:number>": ("get", "studio/models/lora/{}"),
    "studio/models/<slug:kind>/<int:number>/cover": ("post", "studio/models/lora/{}/cover"),
}
# Whole doors with one rule for all of their routes, the new ones too: see the tests at the end.
ENGINES = ("sdapi/v1/", "controlnet/", "internal/", "v1/")
BY_PREFIX = ("admin/", "accounts/", *ENGINES)


def routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    for each in (resolver or get_resolver()).url_patterns:
        here = before + str(each.pattern)
        if isinstance(each, URLPattern):
            yield here
        else:
            yield from routes(each, here)


def test_no_route_is_unknown_to_this_sweep() -> None:
    known = {name.split(" ")[0] for name in (*BY_ID, *OF_THE_TENANT)} | set(REFUSALS) | PUBLIC
    assert {route for route in routes() if not route.startswith(BY_PREFIX)} == {
        name for name in known if not name.startswith(BY_PREFIX)
    }


@pytest.fixture
def owned(house: House, alice: Person, client: Client) -> Owned:
    done = house.draw(alice).task_id
    scripts = {"sd_model_checkpoint": CHECKPOINT, "id_task": "mine"}
    client.post(
        f"/{SAAS}text2image",
        {"prompt": "x", "always_on_scripts": scripts},
        content_type="application/json",
        headers=alice.headers,
    )
    client.post(
        f"/{QR}QRcode/generate",
        {"type": "upload_txt", "prompt": "x"},
        content_type="application/json",
        headers={"Authorization": alice.jwt},
    )
    client.post(
        "/sdapi/v1/txt2img",
        {"prompt": "x"},
        content_type="application/json",
        headers=alice.headers,
    )
    client.post(
        "/txt2img",
        {"id": str(alice.user.pk), "prompt": "x"},
        content_type="application/json",
        headers=alice.headers,
    )
    one_cell = ImageRequest(prompt="x", checkpoint=CHECKPOINT, width=64, height=64)
    wish = grids.Wish(
        actor=alice.in_person, request=one_cell, x=parse("steps", "2"), y=None, dialect="native"
    )
    grid = grids.create(wish).pk
    look = house.draw(alice).task_id
    house.work()
    Task.objects.filter(pk=look).update(kind="preprocess")
    queued = house.draw(alice).task_id
    saas, qrapi = Task.objects.get(dialect="saas"), Task.objects.get(dialect="qrapi")
    records = Task.objects.get(dialect="sdtest")
    Task.objects.filter(pk=saas.pk).update(client_id=f"mine-{saas.pk}")
    sdwebui = Task.objects.get(dialect="sdwebui")
    Task.objects.filter(pk=sdwebui.pk).update(client_id=f"web-{sdwebui.pk}")
    image = Output.objects.filter(task_id=done).get().pk
    upload = uploads.keep(alice.actor, encoded()).pk
    hook = WebhookEndpoint.objects.create(tenant=alice.tenant, user=alice.user, url="http://a.test")
    sent = Delivery.objects.create(
        tenant=alice.tenant,
        task_id=done,
        endpoint=hook,
        event="task.done",
        state="given_up",
        dialect="native",
        body={},
    )
    back = Delivery.objects.create(
        tenant=alice.tenant, task_id=done, state="given_up", dialect="saas", body={}
    )
    file = f"exports/{alice.tenant.pk}/all.zip"
    storage.write(file, b"zip")
    export = DataExport.objects.create(
        tenant=alice.tenant,
        user=alice.user,
        state="ready",
        file=file,
        size=3,
        expires_at=timezone.now() + timedelta(days=1),
    )
    key = keys.make(alice.tenant, alice.user, KeyKind.API_TOKEN).key.pk
    made = (saas.pk, qrapi.pk, sdwebui.pk, records.pk, image, upload, hook.pk, sent.pk)
    member = settle_in(alice.tenant, "dora", Role.MEMBER).user.pk
    invited = invitations.create(alice.in_person, "eve@example.com", Role.MEMBER).pk
    album = albums.create(alice.in_person, "Kept").pk
    albums.add(alice.in_person, album, [(done, 0)])
    people = {"member": member, "invitation": invited}
    people |= {"callback": back.pk, "export": export.pk}
    return Owned(done, queued, *made, key=key, album=album, grid=grid, look=look, **people)


def said(response: HttpResponse, has: Owned) -> tuple[int, bytes, str]:
    """The answer, less the id that was asked for and what is drawn anew each time."""
    if isinstance(response, Waiting):
        body = b"".join(response.collect(3))
    else:
        body = response.getvalue() if response.streaming else response.content
    body = re.sub(rb"[A-Za-z0-9]{64}", b"CSRF", body)
    for number in (has.key, has.member, has.invitation, has.album):
        body = re.sub(rb"/%d\b" % number, b"/ID", body)
    for asked in (each for each in vars(has).values() if isinstance(each, UUID)):
        body = body.replace(str(asked).encode(), b"ID").replace(asked.hex.encode(), b"ID")
    return response.status_code, body, response.headers.get("Content-Type", "")


@pytest.mark.parametrize("route", sorted(BY_ID))
def test_somebody_elses_is_as_if_it_never_was(
    owned: Owned, alice: Person, bob: Person, charlie: Person, client: Client, route: str
) -> None:
    call, never = BY_ID[route], Owned.that_never_were()
    for stranger in (charlie, bob):
        theirs = said(call(client, stranger, owned), owned)
        assert theirs == said(call(client, stranger, never), never)
    before = said(call(client, alice, never), never)
    mine = call(client, alice, owned)
    assert mine.status_code in (200, 201, 202, 204, 302)
    assert said(mine, owned) != before


@pytest.mark.parametrize("route", OF_THE_TENANT)
def test_what_is_a_tenants_is_as_if_it_never_was_to_another(
    db: None, alice: Person, bob: Person, charlie: Person, route: str
) -> None:
    mine = Lora.objects.create(tenant=alice.tenant, name="ours", present=True).pk

    def answer(who: Person, number: int) -> tuple[int, bytes]:
        client = Client()
        client.force_login(who.user, backend="django.contrib.auth.backends.ModelBackend")
        method, path = OF_THE_TENANT[route]
        found = getattr(client, method)(f"/{path.format(number)}")
        body = re.sub(rb"[A-Za-z0-9]{64}", b"CSRF", found.content)
        return found.status_code, body.replace(f"lora/{number}".encode(), b"ID")

    assert answer(charlie, mine) == answer(charlie, 2**40)
    assert answer(charlie, mine)[0] == 404
    assert answer(bob, mine)[0] in (200, 403)


@pytest.mark.parametrize("route", sorted(set(REFUSALS) - {"metrics"}))
def test_whoever_does_not_say_who_he_is_is_refused(db: None, client: Client, route: str) -> None:
    method, status, words = REFUSALS[route]
    answer = getattr(client, method)(f"/{route}")
    assert answer.status_code == status
    assert words in answer.content.decode()
    if status == 302:
        assert answer["Location"].startswith("/accounts/login/")


def test_the_doors_of_other_apis_know_nobody(db: None, client: Client) -> None:
    for route in routes():
        if not route.startswith(ENGINES):
            continue
        path = "/" + re.sub(r"<[^>]*>", "1", route)
        answers = [client.get(path), client.post(path, {}, content_type="application/json")]
        assert {answer.status_code for answer in answers} in ({401}, {401, 405}), route


def test_the_admin_is_for_operators(db: None, alice: Person) -> None:
    member = Client()
    member.force_login(alice.user, backend="django.contrib.auth.backends.ModelBackend")
    for route in routes():
        if not route.startswith("admin/") or "(?P" in route:
            continue
        path = "/" + re.sub(r"<[^>]*>", "1", route)
        for caller in (Client(), member):
            answer = caller.get(path)
            if route in ("admin/login/", "admin/jsi18n/"):
                assert answer.status_code in (200, 302)
            elif route != "admin/logout/":
                assert (answer.status_code, "login" in answer["Location"]) == (302, True)
