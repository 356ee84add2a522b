"""Tasks as queries and callbacks tell them: progress, audit, months, and what went wrong."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from generation import announce, watch
from generation.audit.base import DEFAULT_POLICY
from generation.audit.fake import FakeAuditor
from generation.backends.fake import FakeServer
from generation.dialects.saas import views_queries, wire
from generation.models import Delivery, Output, Task
from generation.states import OutputState, TaskState
from tests.generation.dialects.saas.conftest import CAPABLE, Post, painted
from tests.generation.house import CHECKPOINT, House
from tests.generation.scheduling.queueing import connection_of_its_own
from tests.people import Person
from tests.samples import load

DRAW, QUERY, ARCHIVE = "v2/text2image", "v2/queryTaskInfo", "v2/queryArchiveTaskInfo"


def body(**changes: Any) -> dict[str, Any]:
    scripts = {"sd_model_checkpoint": CHECKPOINT, "id_task": "t1"}
    return {"prompt": "a cat", "steps": 4, "always_on_scripts": scripts} | changes


def query(post: Post, who: Person, path: str = QUERY, **more: Any) -> Any:
    return post(who, path, {"businessTaskId": "t1"} | more).json()


def long_ago(days: int = 100) -> datetime:
    made = timezone.now() - timedelta(days=days)
    Task.objects.update(created_at=made, finished_at=made)
    return made


def test_running_has_the_golden_form(house: House, alice: Person, post: Post) -> None:
    house.server.seconds_per_step = 0.4
    post(alice, DRAW, body(n_iter=2))

    def work() -> None:
        with connection_of_its_own():
            house.work()

    worker = threading.Thread(target=work)
    worker.start()
    deadline = time.monotonic() + 20
    found: dict[str, Any] = {}
    while time.monotonic() < deadline and not (found.get("temporaryImageDto") or {}).get(
        "currentImage"
    ):
        found = query(post, alice)["data"]
        time.sleep(0.05)
    worker.join(30)
    golden = load("saas", "saas.queryTaskInfo.running.response.json")["data"]
    assert found.keys() == golden.keys()
    told, shown = found["temporaryImageDto"], golden["temporaryImageDto"]
    assert {k: type(v) for k, v in told.items()} == {k: type(v) for k, v in shown.items()}
    assert (found["status"], found["desc"], told["jobCount"]) == (1, golden["desc"], 2)
    assert 0 < float(told["progress"]) < 1
    assert found["differentialImageRspList"] is None


def audited(monkeypatch: pytest.MonkeyPatch, confidence: float) -> None:
    """From now on every picture is found this bad."""
    auditor = FakeAuditor(lambda _picture: confidence)
    monkeypatch.setattr("generation.audit.registry.open_auditor", lambda: auditor)


def test_a_blocked_picture_is_deleted(
    house: House, alice: Person, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    audited(monkeypatch, 0.97)
    post(alice, DRAW, body())
    house.work()
    (row,) = query(post, alice)["data"]["differentialImageRspList"]
    assert row["img_audit"] == [{"confidence": 0.97, "label": "nsfw"}]
    assert (row["img_audit_status"], row["image_status"], row["image_url"]) == (False, 2, None)


def test_a_flagged_picture_is_shown_with_its_label(
    house: House, alice: Person, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    audited(monkeypatch, (DEFAULT_POLICY.flag_at + DEFAULT_POLICY.block_at) / 2)
    post(alice, DRAW, body())
    house.work()
    (row,) = query(post, alice)["data"]["differentialImageRspList"]
    assert (row["img_audit_status"], row["image_status"]) == (True, 1)
    assert row["img_audit"][0]["label"] == "nsfw"


def test_an_upload_is_told_when_it_lasts(house: House, alice: Person, post: Post) -> None:
    post(alice, DRAW, body())
    Task.objects.update(state=TaskState.UPLOADING)
    assert query(post, alice)["data"]["status"] == 1
    Task.objects.update(created_at=timezone.now() - timedelta(seconds=11))
    data = query(post, alice)["data"]
    assert (data["status"], data["desc"], data["temporaryImageDto"]) == (5, "任务上传中", None)


# ── Months ───────────────────────────────────────────────────────────────────────────────────
def test_the_archive_has_every_month(house: House, alice: Person, post: Post) -> None:
    post(alice, DRAW, body())
    house.work()
    fresh = query(post, alice, ARCHIVE)["data"]
    plain = query(post, alice)["data"]
    assert fresh.keys() - plain.keys() == {"createTime", "finishTime", "expired"}
    assert {name: fresh[name] for name in plain} == plain
    made = long_ago()
    assert query(post, alice)["code"] == "400"
    Output.objects.update(state=OutputState.DELETED, file="", thumbnail="")
    old = query(post, alice, ARCHIVE)["data"]
    local = made.astimezone(timezone.get_default_timezone())
    assert old["createTime"] == f"{local:%Y-%m-%d %H:%M:%S}"
    assert (old["status"], old["expired"]) == (2, True)
    (row,) = old["differentialImageRspList"]
    assert (row["image_status"], row["img_audit_status"], row["image_url"]) == (2, True, None)
    assert query(post, alice, ARCHIVE, month=f"{local:%Y-%m}")["code"] == "200"
    assert query(post, alice, ARCHIVE, month="1999-12")["code"] == "400"
    for alias in ("v2/queryArchivedTaskInfo", "v2/queryTaskDetail"):
        assert query(post, alice, alias)["data"] == old


def test_the_month_begins_where_the_tenant_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)  # December has come in Shanghai
    monkeypatch.setattr(timezone, "now", lambda: now)
    assert views_queries.month_start("Asia/Shanghai").isoformat() == "2026-12-01T00:00:00+08:00"
    assert views_queries.month_start("UTC").isoformat() == "2026-11-01T00:00:00+00:00"


def test_two_days_are_kept_over_the_end_of_a_month(
    house: House, alice: Person, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(alice, DRAW, body())
    house.work()
    tomorrow = timezone.now() + timedelta(hours=1)
    monkeypatch.setattr(views_queries, "month_start", lambda _zone: tomorrow)
    Task.objects.update(created_at=timezone.now() - timedelta(hours=47))
    assert query(post, alice)["code"] == "200"
    Task.objects.update(created_at=timezone.now() - timedelta(hours=49))
    assert query(post, alice)["code"] == "400"


def test_what_is_unfinished_is_never_archived(house: House, alice: Person, post: Post) -> None:
    post(alice, DRAW, body())
    Task.objects.update(created_at=timezone.now() - timedelta(days=100))
    assert query(post, alice)["data"]["status"] == 3


# ── Codes ────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("invalid", 1001), ("not_servable", 1004), ("fetch_failed", 2001),
        ("egress_refused", 2001), ("input_unusable", 2002), ("backend_failed", 3002),
        ("out_of_memory", 3003), ("timed_out", 3004), ("content_refused", 4001),
        ("worker_lost", 5000), ("internal", 5000),
    ],
)  # fmt: skip
def test_the_appendix_is_what_is_sent(ours: str, theirs: int) -> None:
    assert wire.ERROR_CODES.get(ours, wire.GENERATION_FAILED) == theirs


def test_a_failure_is_told_by_query_and_callback(house: House, alice: Person, post: Post) -> None:
    house.server.add_fault("422")
    post(alice, DRAW, body(callbackUrl="http://8.8.8.8/x"))
    house.work()
    data = query(post, alice)["data"]
    assert (data["status"], data["errorCode"]) == (0, 3002)
    assert data["desc"].startswith("任务失败: ")
    delivery = Delivery.objects.get()
    announce.render(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.body == {
        "code": "200", "msg": "success",
        "data": data | {"task_id": "t1", "businessTaskId": "t1"},
    }  # fmt: skip


def test_failed_and_cancelled_have_the_golden_keys(house: House, alice: Person, post: Post) -> None:
    golden = load("saas", "saas.queryTaskInfo.failed.response.json")["data"]
    post(alice, DRAW, body())
    Task.objects.update(state=TaskState.CANCELLED, finished_at=timezone.now())
    data = query(post, alice)["data"]
    assert data.keys() == golden.keys()
    assert (data["status"], data["desc"]) == (0, "任务已取消")


def test_a_callback_of_a_task_without_an_id_names_ours(
    house: House, alice: Person, post: Post
) -> None:
    scripts = {"sd_model_checkpoint": CHECKPOINT}
    said = post(alice, "v3/text2image", body(always_on_scripts=scripts)).json()["data"]
    task = watch.of_row(Task.objects.get().pk, "")
    ids = {name: wire.callback_body(task)["data"][name] for name in ("id_task", "task_id")}
    assert set(ids.values()) == {said["task_id"]} == {str(task.id)}


# ── Training ───────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("path", ["v1/train/submit", "v1/train/callback"])
def test_training_is_refused_in_words(house: House, alice: Person, post: Post, path: str) -> None:
    said = post(alice, path, {"id_task": "a", "modelName": "m", "baseModel": CHECKPOINT}).json()
    assert (said["code"], said["data"]) == ("400", None)
    assert "train" in said["msg"]
    assert not Task.objects.exists()


# ── What reaches a server that can ───────────────────────────────────────────────────────────
def test_every_part_of_a_text2image_reaches_the_server(
    house: House, capable: FakeServer, alice: Person, post: Post
) -> None:
    golden = load("saas", "saas.text2image.v2.request.json")
    scripts = golden.pop("alwayson_scripts")
    detector = scripts["ADetailer"]["args"][0] | {"ad_model": "face_yolov8n.pt"}
    scripts |= {"sd_model_checkpoint": CAPABLE, "sd_vae": "bright.vae.pt"}
    scripts["ADetailer"]["args"] = [detector]
    sent = golden | {
        "enable_hr": True, "hr_upscaler": "ESRGAN_4x", "restore_faces": True, "steps": 4,
        "callbackUrl": "", "always_on_scripts": scripts,
    }  # fmt: skip
    answer = post(alice, DRAW, sent)
    assert answer.json()["code"] == "200", answer.json()
    house.work()
    found = painted(capable)
    same = (
        "prompt", "negative_prompt", "steps", "width", "height", "cfg_scale", "restore_faces",
        "enable_hr", "hr_upscaler", "hr_second_pass_steps", "hr_resize_x", "hr_resize_y",
        "denoising_strength", "n_iter",
    )  # fmt: skip
    assert {name: found[name] for name in same} == {name: sent[name] for name in same}
    assert (found["seed"], found["sampler_name"]) == (1221212, "DPM++ 2M Karras")
    assert found["override_settings"]["CLIP_stop_at_last_layers"] == 2
    assert found["override_settings"]["sd_vae"] == "bright.vae.pt"
    on, skips, unit = found["alwayson_scripts"]["ADetailer"]["args"]
    assert (on, skips) == (True, False)
    switched = {n for n in detector if detector.get(f"ad_use_{n[3:]}") is False}
    plain = {n for n in detector if not n.startswith(("ad_use_", "ad_inpaint_w", "ad_inpaint_h"))}
    for name in plain - switched:
        assert unit[name] == detector[name], name


def test_a_lora_by_its_short_name(
    house: House, capable: FakeServer, alice: Person, post: Post
) -> None:
    scripts = {"sd_model_checkpoint": CAPABLE, "id_task": "t1"}
    post(alice, DRAW, body(prompt="a cat <lora:CAPABLESTYLE:0.5>", always_on_scripts=scripts))
    house.work()
    assert painted(capable)["prompt"] == "a cat <lora:capableStyle:0.5>"


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
def test_somebody_elses_is_as_if_it_never_was(
    house: House, alice: Person, charlie: Person, post: Post
) -> None:
    post(alice, DRAW, body())
    server_id = str(Task.objects.get().pk)
    for path in (QUERY, ARCHIVE):
        never = post(charlie, path, {"businessTaskId": "never"}).content
        for wanted in ("t1", server_id):
            assert post(charlie, path, {"businessTaskId": wanted}).content == never


def test_an_adetailer_is_refused_by_name_where_no_server_has_it(
    house: House, alice: Person, post: Post
) -> None:
    scripts = {"sd_model_checkpoint": CHECKPOINT, "id_task": "t1"}
    scripts |= {"ADetailer": {"args": [{"ad_model": "face_yolov8n.pt"}]}}  # type: ignore[dict-item]
    said = post(alice, DRAW, body(always_on_scripts=scripts)).json()
    assert said["code"] == "400"
    assert "always_on_scripts.ADetailer" in said["msg"]


def test_two_pictures_under_one_busy_id(house: House, alice: Person, post: Post) -> None:
    """The same address is the same call; another one is not."""
    first = {
        "image_link": "http://8.8.8.8/a.png",
        "sd_model_checkpoint": CHECKPOINT,
        "id_task": "t1",
    }
    for _ in range(2):
        said = post(alice, "v2/image2image", body(always_on_scripts=first)).json()
        assert said["data"] == {"task_id": "t1"}
    other = first | {"image_link": "http://8.8.8.8/b.png"}
    said = post(alice, "v2/image2image", body(always_on_scripts=other)).json()
    assert said["code"] == "400"
    assert "id_task" in said["msg"]
    assert Task.objects.count() == 1


def test_a_huge_body(house: House, alice: Person, post: Post, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = post(alice, "v2/image2image", body(prompt="x" * 2000))
    assert (answer.status_code, answer.json()["code"]) == (413, "413")
