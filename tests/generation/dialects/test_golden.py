"""The published examples that no dialect's own tests have a use for, and that none is forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jwt
import pytest
from django.conf import LazySettings
from django.test import Client

from accounts import trial
from generation.callbacks.acknowledge import problem
from tests import samples
from tests.generation.house import House
from tests.people import Person, open_tenant
from tests.samples import load

TESTS = Path(__file__).parents[2]
FOLDER = Path(samples.__file__).parent
EMPTY = ("qrapi.generate.response", "qrapi.queue-status.response", "sdtest.any.response")
BY_TABLE = ("queryLoraList", "queryVaeList", "queryEmbeddingList")  # test_lists, request and answer


def test_the_published_acknowledgement_is_one() -> None:
    assert problem(200, (FOLDER / "saas" / "saas.callback.ack.json").read_bytes()) == ""


def test_the_published_question(house: House, alice: Person, client: Client) -> None:
    def ask(path: str, name: str) -> Any:
        url = f"/AIGCImgOpenServ/saas/sd/v2/{path}"
        sent = load("saas", name)
        return client.post(url, sent, content_type="application/json", headers=alice.headers).json()

    assert ask("queryTaskInfo", "saas.queryTaskInfo.request.json")["code"] == "400"
    assert ask("queryModelList", "saas.queryModelList.request.json")["code"] == "200"


def test_the_published_token(db: None, client: Client, settings: LazySettings) -> None:
    settings.EASEL_TEST_KEY = "a key of twenty letters"
    open_tenant(trial.DEMO)
    golden = load("qrapi", "qrapi.test.response.json")
    answer = client.get("/test", {"key": settings.EASEL_TEST_KEY}).json()
    assert answer.items() >= {"code": golden["code"], "message": golden["message"]}.items()
    claims, published = (
        jwt.decode(each["data"], options={"verify_signature": False}) for each in (answer, golden)
    )
    assert claims.keys() == published.keys()
    assert (claims["id"], claims["user_name"]) == (published["id"], published["user_name"])


def test_a_published_seed_of_words_goes_with_a_picture() -> None:
    words = load("sdtest", "sdtest.img2img.request.seed-example.json")
    assert words == load("sdtest", "sdtest.txt2img.request.seed-example.json")


@pytest.mark.parametrize("name", EMPTY)
def test_what_is_printed_as_an_empty_object(name: str) -> None:
    assert load(name.partition(".")[0], f"{name}.json") == {}


def test_every_example_is_somebodys_test() -> None:
    tests = [path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py")]
    names = [path.name for path in FOLDER.rglob("*.json")]
    assert len(names) > 50
    known = (*EMPTY, *BY_TABLE)
    forgotten = [
        name
        for name in names
        if not any(each in name for each in known)
        and not name.endswith(".lists.json")
        and not any(name in text for text in tests)
    ]
    assert forgotten == []
