"""One running Easel for all capabilities, called by its public routes alone.

Two tenants: one draws with the embedded engine's sketch painter; the other (``easel.able``) has a
GPU server of its own, ``capable``, which has everything that the published calls can ask for and
remembers what it was asked. A receiver takes callbacks and hands out input pictures.
"""

from __future__ import annotations

import base64
import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image, ImageDraw

from generation.backends.fake import FakeServer
from tests.capabilities.shows import shown_by
from tests.config.running import House, running
from tests.generation.receivers import Receiver, Says, Seen

TEST_KEY = "a key for the test user"
CAPABLE = "capable.safetensors"
CONTROLNETS = (
    "control_v11p_sd15_canny", "control_v11f1p_sd15_depth", "control_v11p_sd15_lineart",
    "control_v11p_sd15_mlsd", "control_v11p_sd15_normalbae", "control_v11p_sd15_openpose",
    "control_v11p_sd15_scribble", "control_v11p_sd15_seg", "control_v1p_sd15_brightness",
    "control_v1p_sd15_qrcode", "control_v11f1e_sd15_tile", "control_v11p_sd15_inpaint",
)  # fmt: skip
MODULES = (
    "none", "canny", "depth_midas", "lineart_realistic", "mlsd", "normal_bae", "openpose",
    "scribble_xdog", "seg_ufade20k", "inpaint_global_harmonious",
)  # fmt: skip
SAMPLERS = (
    "Euler a", "Euler", "LMS", "Heun", "DPM2", "DPM2 a", "DPM++ 2S a", "DPM++ 2M", "DPM++ SDE",
    "DPM fast", "DPM adaptive",
)  # fmt: skip
Json = dict[str, Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """``-k X07`` runs what shows X07."""
    for item in items:
        item.extra_keyword_matches.update(shown_by(item))
        if "easel" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(400))  # the first waits for the whole to start


def drawing(colour: str = "red", size: tuple[int, int] = (256, 256)) -> bytes:
    """A PNG: a disc on white."""
    picture = Image.new("RGB", size, "white")
    edge = min(size) // 4
    ImageDraw.Draw(picture).ellipse((edge, edge, size[0] - edge, size[1] - edge), fill=colour)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def as_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean absolute difference of two pictures, 0 to 255 a channel."""
    size = one.size
    pairs = zip(
        one.convert("RGB").tobytes(), other.convert("RGB").resize(size).tobytes(), strict=True
    )
    return sum(abs(a - b) for a, b in pairs) / (size[0] * size[1] * 3)


def pair(account: Json) -> dict[str, str]:
    return {
        "X-Request-req-accessKeyId": account["access_key_id"],
        "X-Request-req-accessKeySecret": account["access_key_secret"],
    }


@dataclass
class Easel:
    """The instance and what a caller of it has. Every call goes out over HTTP."""

    house: House
    capable: FakeServer
    outside: Receiver
    account: Json
    able: Json
    pictures: dict[str, bytes] = field(default_factory=dict)
    replies: dict[str, list[Says]] = field(default_factory=dict)
    _number: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def call(self, method: str, path: str, **how: Any) -> requests.Response:
        how.setdefault("timeout", 60)
        return requests.request(method, self.house.base + path, **how)

    def saas(self, path: str, body: Json, who: Json | None = None) -> Json:
        """A saas call; its whole envelope. ``path`` stands below ``/saas/``."""
        answer = self.call(
            "POST", f"/AIGCImgOpenServ/saas/{path}", json=body, headers=pair(who or self.account)
        )
        found: Json = answer.json()
        return found

    def sdapi(self, path: str, body: Json | None = None, who: Json | None = None) -> Any:
        method = "GET" if body is None else "POST"
        key = who or self.account
        basic = key["access_key_id"], key["access_key_secret"]
        answer = self.call(method, f"/sdapi/v1/{path}", json=body, auth=basic)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def name(self) -> str:
        """A task id of the caller's own, used once."""
        with self._lock:
            self._number += 1
            return f"capability-{self._number}"

    def ended(self, id_task: str, who: Json | None = None, seconds: float = 30.0) -> Json:
        """``data`` of queryTaskInfo when the task has ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            data = self.saas("sd/v2/queryTaskInfo", {"businessTaskId": id_task}, who)["data"]
            if data["status"] in (0, 2):
                return dict(data)
            time.sleep(0.1)
        raise AssertionError(f"{id_task} did not end within {seconds} s")

    def drawn(self, id_task: str, who: Json | None = None) -> list[Image.Image]:
        """The pictures of a saas task, fetched from their addresses."""
        data = self.ended(id_task, who)
        assert data["status"] == 2, data
        return [self.fetch(row["image_url"]) for row in data["differentialImageRspList"]]

    def fetch(self, url: str) -> Image.Image:
        return opened(requests.get(url, timeout=10).content)

    def received(self, prompt: str) -> Json:
        """The body in which the capable server was asked for this prompt."""
        found = [
            call.body
            for call in self.capable.calls
            if isinstance(call.body, dict) and call.body.get("prompt", "").startswith(prompt)
        ]
        assert found, f"the backend was never asked for {prompt!r}"
        return dict(found[-1])

    def picture_url(self, name: str, data: bytes) -> str:
        """An address on the loopback under which this picture lies."""
        self.pictures[f"/pictures/{name}"] = data
        return f"{self.outside.url}/pictures/{name}"

    def callback(self, name: str, *replies: Says) -> str:
        """An address for callbacks, which answers these in their order, and the last for ever."""
        self.replies[f"/callbacks/{name}"] = list(replies)
        return f"{self.outside.url}/callbacks/{name}"

    def called_back(self, name: str, count: int = 1, seconds: float = 20.0) -> list[Seen]:
        """What came to a callback address, when at least ``count`` have come."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            seen = [one for one in self.outside.seen if one.path == f"/callbacks/{name}"]
            if len(seen) >= count:
                return seen
            time.sleep(0.05)
        raise AssertionError(f"fewer than {count} callbacks within {seconds} s")

    def _outside(self, seen: Seen) -> Says:
        if seen.path in self.pictures:
            return Says(200, self.pictures[seen.path], (("Content-Type", "image/png"),))
        waiting = self.replies.get(seen.path)
        if waiting is None:
            return Says(404, b"")
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]


def _capable() -> FakeServer:
    return FakeServer(
        seconds_per_step=0.01,
        slots=2,
        checkpoints=(CAPABLE, "another.safetensors"),
        answers={
            "/sdapi/v1/samplers": [
                {"name": name, "aliases": [], "options": {}} for name in SAMPLERS
            ],
            "/sdapi/v1/sd-vae": [{"model_name": "bright.vae.pt", "filename": "/v/bright.vae.pt"}],
            "/sdapi/v1/loras": [{"name": "capableStyle", "alias": "", "path": "", "metadata": {}}],
            "/sdapi/v1/embeddings": {"loaded": {"capableNegative": {"vectors": 8}}, "skipped": {}},
            "/sdapi/v1/scripts": {
                "txt2img": ["controlnet", "adetailer"],
                "img2img": ["controlnet", "adetailer"],
            },
            "/controlnet/model_list": {"model_list": list(CONTROLNETS)},
            "/controlnet/module_list": {"module_list": list(MODULES)},
        },
    )


@pytest.fixture(scope="session")
def easel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Easel]:
    home: Path = tmp_path_factory.mktemp("capabilities") / "home"
    environment = {
        "EASEL_EGRESS_ALLOW": "127.0.0.1",
        "EASEL_TEST_KEY": TEST_KEY,
        # A second of the ladder is 20 ms: 3, 5, 15, … become 60, 100, 300 ms.
        "EASEL_CALLBACK_TIME_SCALE": "0.02",
    }
    with running(home, **environment) as house, _capable() as capable, Receiver() as outside:
        able = house.manage(
            "create_tenant", "Able", "--email", "able@example.com", "--credits", "90000", "--json"
        )
        made = Easel(house, capable, outside, account=house.account, able=able)
        outside.answers = made._outside
        house.manage(
            "add_backend", "capable", "--kind", "sdwebui", "--url", capable.url,
            "--slots", "2", "--tenant", "able", "--json",
        )  # fmt: skip
        yield made


@pytest.fixture(scope="session")
def golden() -> Callable[[str], Json]:
    """A published example: ``golden("saas/saas.text2image.v2.request")``."""
    folder = Path(__file__).parents[1] / "samples"

    def read(name: str) -> Json:
        found: Json = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        return found

    return read
