"""The lists, in WebUI's own form; what is refused by name."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.test import Client

from accounts.models import KeyKind
from catalog import access as catalog
from catalog.models import Style
from generation.dialects.sdwebui.urls import FORBIDDEN, LISTS, NOT_SERVED, REFRESH
from generation.models import Backend
from generation.storage import AiLabel
from generation.storage.metadata import embed
from tests.generation.house import CHECKPOINT, House
from tests.generation.painting import encoded
from tests.people import Person
from tests.samples import load, text

SDAPI = "/sdapi/v1/"


def get(client: Client, who: Person, path: str) -> Any:
    answer = client.get(SDAPI + path, headers=who.headers)
    assert answer.status_code == 200, answer.content
    return answer.json()


def post(client: Client, who: Person, path: str, sent: Any = None) -> Any:
    return client.post(SDAPI + path, sent, content_type="application/json", headers=who.headers)


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["name"] for row in rows]


def test_every_list_has_webui_s_form(house: House, alice: Person, client: Client) -> None:
    recorded = load("sdwebui", "a1111.lists.json")
    for name in LISTS:
        golden, answer = recorded.get(f"{SDAPI}{name}"), get(client, alice, name)
        if golden is None:
            continue
        assert type(answer) is type(golden), name
        if isinstance(golden, list) and golden and answer:
            assert golden[0].keys() <= answer[0].keys(), name


def test_checkpoints(house: House, alice: Person, client: Client) -> None:
    row = get(client, alice, "sd-models")[0]
    assert row["model_name"] == "fake-v1"
    assert row["title"].startswith(CHECKPOINT)
    assert row["title"] == (f"{CHECKPOINT} [{row['hash']}]" if row["hash"] else CHECKPOINT)
    assert row["filename"] == CHECKPOINT  # no path of a machine


def test_a_key_sees_the_checkpoints_that_it_may_use(
    house: House, alice: Person, client: Client
) -> None:
    alice.key.checkpoints = ["fake-v2.safetensors"]
    alice.key.save()
    assert [row["model_name"] for row in get(client, alice, "sd-models")] == ["fake-v2"]


def test_what_the_servers_have(house: House, alice: Person, client: Client) -> None:
    assert get(client, alice, "sd-vae") == get(client, alice, "sd-modules")
    assert [row["model_name"] for row in get(client, alice, "sd-vae")] == ["fake.vae.pt"]
    assert "Euler a" in names(get(client, alice, "samplers"))
    assert {"karras", "automatic"} <= set(names(get(client, alice, "schedulers")))
    assert {"None", "Lanczos", "ESRGAN_4x"} <= set(names(get(client, alice, "upscalers")))
    assert "Latent" in names(get(client, alice, "latent-upscale-modes"))
    assert names(get(client, alice, "loras")) == ["fakeStyle"]
    assert list(get(client, alice, "embeddings")["loaded"]) == ["EasyNegative"]


def test_styles(house: House, alice: Person, client: Client) -> None:
    Style.objects.create(tenant=alice.tenant, name="oil", prompt="oil painting")
    catalog.invalidate()
    oil = {"name": "oil", "prompt": "oil painting", "negative_prompt": ""}
    assert oil in get(client, alice, "prompt-styles")


def test_scripts_are_what_some_server_can(house: House, alice: Person, client: Client) -> None:
    assert get(client, alice, "scripts") == {"txt2img": [], "img2img": []}
    house.backend.offers = [*house.backend.offers, "controlnet"]
    house.backend.save()
    assert get(client, alice, "scripts")["txt2img"] == ["controlnet"]
    assert [row["name"] for row in get(client, alice, "script-info")] == ["controlnet"] * 2


def test_a_server_that_is_another_tenant_s_offers_nothing(
    house: House, alice: Person, charlie: Person, client: Client
) -> None:
    Backend.objects.update(tenant=alice.tenant)
    assert get(client, charlie, "face-restorers") == []


@pytest.mark.parametrize("name", ["hypernetworks", "extensions", "artists", "artist-categories"])
def test_what_there_is_none_of(alice: Person, client: Client, name: str) -> None:
    assert get(client, alice, name) == []


def test_flags_and_memory_tell_nothing(alice: Person, client: Client) -> None:
    assert get(client, alice, "cmd-flags") == {"api": True}
    memory = get(client, alice, "memory")
    assert memory["ram"].keys() == memory["cuda"].keys() == {"error"}


@pytest.mark.parametrize("name", REFRESH)
def test_nothing_to_refresh(alice: Person, client: Client, name: str) -> None:
    answer = post(client, alice, name)
    assert (answer.status_code, answer.json()) == (200, None)


def test_ping(alice: Person, client: Client) -> None:
    assert client.get("/internal/ping", headers=alice.headers).json() == {}


def test_controlnet_s_lists(house: House, alice: Person, client: Client) -> None:
    for path, key in (("model_list", "model_list"), ("module_list", "module_list")):
        answer = client.get(f"/controlnet/{path}", headers=alice.headers).json()
        assert isinstance(answer[key], list)
    assert client.get("/controlnet/version", headers=alice.headers).json() == {"version": 2}


def test_by_basic_with_the_key_s_id_and_secret(alice: Person, client: Client) -> None:
    assert alice.key.kind == KeyKind.ACCESS_KEY
    pair = base64.b64encode(f"{alice.key.public_id}:{alice.secret}".encode()).decode()
    answer = client.get(f"{SDAPI}samplers", headers={"Authorization": f"Basic {pair}"})
    assert answer.status_code == 200


# ── png-info ─────────────────────────────────────────────────────────────────────────────────
def test_what_a_picture_was_made_with(alice: Person, client: Client) -> None:
    words = text("sdwebui", "a1111.infotext.txt").strip()
    label = AiLabel(producer="Easel", produce_id="1")
    data = embed(encoded(), parameters=words, label=label)
    sent = {"image": f"data:image/png;base64,{base64.b64encode(data).decode()}"}
    answer = post(client, alice, "png-info", sent).json()
    assert (answer["info"], answer["items"]) == (words, {"parameters": words})
    found = answer["parameters"]
    assert found["Prompt"].endswith("second line")
    assert (found["Size-1"], found["Size-2"], found["Steps"]) == ("512", "768", "30")


def test_a_picture_without_words(alice: Person, client: Client) -> None:
    sent = {"image": base64.b64encode(encoded()).decode()}
    assert post(client, alice, "png-info", sent).json() == {
        "info": "",
        "items": {},
        "parameters": {},
    }


@pytest.mark.parametrize(
    "image", ["", "no*base64", base64.b64encode(b"words").decode(), "http://127.0.0.1/a.png"]
)
def test_what_is_no_picture(alice: Person, client: Client, image: str) -> None:
    answer = post(client, alice, "png-info", {"image": image})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "image"]


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("name", NOT_SERVED)
def test_what_no_server_does_is_refused_by_name(alice: Person, client: Client, name: str) -> None:
    answer = post(client, alice, name, {"image": ""})
    assert (answer.status_code, answer.json()["error"]) == (501, "NotServed")
    assert name in answer.json()["detail"]


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_would_touch_the_servers_is_forbidden(
    alice: Person, client: Client, name: str
) -> None:
    answer = post(client, alice, name)
    assert (answer.status_code, answer.json()["error"]) == (403, "Forbidden")
    assert name in answer.json()["detail"]


def test_another_method(alice: Person, client: Client) -> None:
    answer = client.get(f"{SDAPI}txt2img", headers=alice.headers)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
