"""500 mixed requests with switches of the checkpoint: every one is answered, memory stays flat."""

from __future__ import annotations

import gc
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.generation.engine.reading import png

ROOT = Path(__file__).parents[4]
REQUESTS = 500
WARM = 250
"""Requests after which everything that is kept has been loaded once, and most of the largest jobs
have met. From the 400th to the 1800th the resident memory went up and down by 20 MB and did not
grow.
"""
GROWTH = 48 * 1024 * 1024
"""Bytes that the process may have grown by in the 250 requests after that."""
AT_ONCE = 3
SIDES = (64, 96, 128)


@dataclass
class Client:
    url: str
    names: list[str] = field(default_factory=list)
    features: frozenset[str] = frozenset()

    def ask(self, path: str) -> Any:
        return requests.get(self.url + path, timeout=60).json()

    def learn(self) -> None:
        rows = self.ask("/sdapi/v1/sd-models")
        self.names = [row["title"] for row in rows if "SVD" not in row["base_model"]]
        self.features = frozenset(self.ask("/sdapi/v1/options")["easel_features"])

    def resident(self) -> int:
        gc.collect()
        return int(self.ask("/sdapi/v1/memory")["ram"]["used"])

    def one(self, seed: int) -> int:
        """One request of any kind. Answers its status."""
        chance = random.Random(seed)
        kinds = [self._text, self._image, self._mask, self._extra, self._list, self._bad]
        kind = chance.choices(kinds, (6, 3, 2, 2, 2, 3))[0]
        path, body = kind(chance)
        answer = requests.request("POST" if body is not None else "GET", self.url + path,
                                  json=body, timeout=120)  # fmt: skip
        assert answer.status_code in (200, 404, 422), answer.text
        if answer.status_code == 200 and path.endswith(("txt2img", "img2img")):
            assert len(answer.json()["images"]) == body["batch_size"]
        return answer.status_code

    def _common(self, chance: random.Random) -> dict[str, Any]:
        return {
            "prompt": chance.choice(["a (red:1.3) house", "一只猫", "a boat BREAK on [sea|sky]"]),
            "negative_prompt": chance.choice(["", "blurry"]),
            "seed": chance.randrange(2**40),
            "steps": chance.randint(1, 4),
            "width": chance.choice(SIDES),
            "height": chance.choice(SIDES),
            "batch_size": chance.choice([1, 1, 2]),
            "sampler_name": chance.choice(["Euler a", "DPM++ 2M Karras", "UniPC"]),
            "override_settings": {"sd_model_checkpoint": chance.choice(self.names)},
        }

    def _text(self, chance: random.Random) -> tuple[str, dict[str, Any]]:
        body = self._common(chance)
        if "hires" in self.features and chance.random() < 0.2:
            body |= {"enable_hr": True, "hr_scale": 1.5, "hr_upscaler": "Lanczos"}
        return "/sdapi/v1/txt2img", body

    def _image(self, chance: random.Random) -> tuple[str, dict[str, Any]]:
        given = png((chance.choice(SIDES), 64), (chance.randrange(256), 90, 10, 255))
        body = {"init_images": [given], "resize_mode": chance.randrange(3)}
        return "/sdapi/v1/img2img", self._common(chance) | body

    def _mask(self, chance: random.Random) -> tuple[str, dict[str, Any]]:
        path, body = self._image(chance)
        mask = png((64, 64), (255, 255, 255, 255))
        return path, body | {"mask": mask, "inpainting_fill": chance.randrange(4)}

    def _extra(self, chance: random.Random) -> tuple[str, dict[str, Any]]:
        body = {"image": png((64, 48)), "upscaler_1": chance.choice(["Lanczos", "Nearest"])}
        return "/sdapi/v1/extra-single-image", body

    def _list(self, chance: random.Random) -> tuple[str, None]:
        name = chance.choice(["loras", "upscalers", "options", "progress", "embeddings"])
        return f"/sdapi/v1/{name}", None

    def _bad(self, chance: random.Random) -> tuple[str, dict[str, Any]]:
        wrong: list[dict[str, Any]] = [
            {"steps": 10_000},
            {"width": 9},
            {"sampler_name": "Kettle"},
            {"override_settings": {"sd_model_checkpoint": "gone"}},
            {"prompt": "<lora:gone:1>", "alwayson_scripts": {"kettle": {"args": [1]}}},
            {"enable_hr": True, "hr_upscaler": "Kettle"},
        ]
        return "/sdapi/v1/txt2img", self._common(chance) | chance.choice(wrong)


@pytest.fixture(params=["sketch", "diffusers"])
def client(request: pytest.FixtureRequest, tiny_models: Path) -> Iterator[Client]:
    # One arena: glibc's are for each thread and give nothing back, which would hide a leak.
    environment = os.environ | {"OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}
    command = [sys.executable, "manage.py", "engine", "--port", "0", "--models", str(tiny_models)]
    with subprocess.Popen(
        [*command, "--painter", request.param, "--device", "cpu"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            made = Client(process.stdout.readline().split()[-1])
            made.learn()
            yield made
        finally:
            process.terminate()
            process.wait(10)


@pytest.mark.full
@pytest.mark.timeout(1500)
def test_memory_is_flat_and_every_request_is_answered(client):
    seed = time.time_ns()
    print(f"seed {seed}, checkpoints {client.names}")
    with ThreadPoolExecutor(AT_ONCE) as calls:
        statuses = Counter(calls.map(client.one, range(seed, seed + WARM)))
        warm = client.resident()
        statuses += Counter(calls.map(client.one, range(seed + WARM, seed + REQUESTS)))
    grown = client.resident() - warm
    print(f"{statuses}, {warm >> 20} MB, grown by {grown >> 20} MB")
    assert statuses.total() == REQUESTS
    assert statuses[200] > REQUESTS / 2
    assert grown < GROWTH
    counted = requests.get(client.url + "/metrics", timeout=10).text
    assert 'easel_engine_jobs_total{outcome="failed"} 0.0' in counted
    assert "easel_engine_waiting_jobs 0.0" in counted
