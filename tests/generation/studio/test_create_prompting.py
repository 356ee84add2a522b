"""While a prompt is typed: tokens, LoRA chips, suggestions, recent prompts, settings read."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from catalog import access as catalog
from catalog.models import Checkpoint, Embedding, Lora, Vae
from generation.models import Task
from generation.request import ImageRequest
from generation.studio import prompting, tags
from tests.generation.studio.conftest import FRAGMENT
from tests.people import Person

pytestmark = pytest.mark.django_db
TEXT = """a fox, <lora:ink:0.7>
Negative prompt: blurry
Steps: 30, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 5.5, Seed: 42, Size: 643x768, \
Model hash: abc, Model: real, VAE: nowhere, Clip skip: 2, Denoising strength: 0.35, \
Hires upscale: 2, Hires steps: 9, Hires upscaler: Lanczos, Tiling: True"""


@pytest.fixture
def shelf(alice: Person, charlie: Person) -> Iterator[None]:
    Checkpoint.objects.create(name="real.safetensors", base_model="SD 1.5", present=True)
    Lora.objects.create(
        name="ink.safetensors",
        title="Ink wash",
        base_model="SDXL",
        trigger_words="suibokuga, brush strokes",
        present=True,
    )
    Lora.objects.create(name="soft.safetensors", base_model="SD 1.5", present=True)
    Lora.objects.create(name="secret.safetensors", present=True, tenant=charlie.tenant)
    Embedding.objects.create(name="calmNegative.pt", present=True)
    Vae.objects.create(name="elsewhere.pt", present=True, tenant=charlie.tenant)
    catalog.invalidate()
    yield
    catalog.invalidate()


@pytest.fixture
def client(shelf: None, alice: Person, sign_in) -> Client:
    return sign_in(alice)


def suggested(client: Client, text: str, checkpoint: str = "real.safetensors") -> list[str]:
    query = {"text": text, "checkpoint": checkpoint}
    html = unescape(client.get("/studio/suggest", query).content.decode())
    return [part.partition('"')[0] for part in html.split('data-insert="')[1:]]


def asked_before(alice: Person, *prompts: str) -> None:
    for prompt in prompts:
        Task.objects.create(
            tenant=alice.tenant,
            user=alice.user,
            lineage=uuid4(),
            dialect="native",
            request=ImageRequest(prompt=f"{prompt}, of a style").model_dump(mode="json"),
            raw={"prompt": prompt, "negative_prompt": "fog"},
        )


# ── Tokens and chips ─────────────────────────────────────────────────────────────────────────


def test_tokens_come_with_the_price(client: Client) -> None:
    form = {"prompt": "a (red:1.2) apple <lora:ink:1> BREAK a tree", "negative_prompt": "fog"}
    html = client.post("/studio/quote", form, headers=FRAGMENT).content.decode()
    assert "</span>5 / 150</output>" in html
    assert "</span>1 / 75</output>" in html


def test_a_lora_of_the_prompt_is_a_chip(client: Client) -> None:
    form = {"prompt": "a tree <lora:ink:0.7> <lora:none:2>", "checkpoint": "real.safetensors"}
    html = unescape(client.post("/studio/quote", form, headers=FRAGMENT).content.decode())
    first, second = html.split('data-lora="')[1:]
    assert '<b translate="no">Ink wash</b>' in first and 'value="0.7"' in first
    assert "made for SDXL, not for this model" in first
    assert 'data-trigger="brush strokes"' in first
    assert "not in the catalog" in second and 'value="2.0"' in second


def test_a_models_own_tokens_are_told_whole_where_it_reads_them_so(client: Client) -> None:
    Checkpoint.objects.create(name="flux", base_model="Flux", present=True)
    catalog.invalidate()
    form = {"prompt": "cat " * 80, "checkpoint": "flux"}
    html = client.post("/studio/quote", form, headers=FRAGMENT).content.decode()
    assert "</span>80</output>" in html


# ── Suggestions ──────────────────────────────────────────────────────────────────────────────


def test_loras_that_fit_come_first(client: Client) -> None:
    assert suggested(client, "<lora:") == ["<lora:soft:0.8>", "<lora:ink:0.8>"]
    html = client.get("/studio/suggest", {"text": "<lora:ink", "checkpoint": "real"}).content
    assert b"does not fit" in html and b"suibokuga, brush strokes" in html


@pytest.mark.parametrize("text", ["<lora:INK", "<lora:wash", "<lora:brush", "<LORA:ink w"])
def test_a_lora_is_found_by_name_title_and_trigger(client: Client, text: str) -> None:
    assert suggested(client, text) == ["<lora:ink:0.8>"]


def test_embeddings_and_words_of_the_clause_or_its_last_word(client: Client) -> None:
    assert suggested(client, "calmn") == ["calmNegative"]
    assert "sunset" in suggested(client, "a boat at suns")
    assert suggested(client, "bamboo f") == ["bamboo forest"]


def test_chinese_finds_the_english_word(client: Client) -> None:
    client.cookies["django_language"] = "zh-hans"
    html = client.get("/studio/suggest", {"text": "水墨"}).content.decode()
    assert 'data-insert="ink wash painting"' in html
    assert "水墨画" in html


def test_own_words_come_again(client: Client, alice: Person) -> None:
    asked_before(alice, "a quokka, misty moor", "(misty moor:1.2), a boat")
    assert suggested(client, "mist")[0] == "misty moor"
    assert "a quokka" not in suggested(client, "a quo")


def test_nothing_to_suggest(client: Client) -> None:
    for text in ("", "a", "zzzz", "<lora:zzz", "\x00"):
        assert client.get("/studio/suggest", {"text": text}).status_code == 204


def test_the_words_are_whole() -> None:
    found = tags.tags()
    assert len(found) > 400
    assert all(tag.name and tag.chinese for tag in found)
    assert len({tag.name for tag in found}) == len(found)


# ── Recent prompts ───────────────────────────────────────────────────────────────────────────


def test_recent_prompts_as_they_were_typed(client: Client, alice: Person) -> None:
    asked_before(alice, "an old one", "a fox", "a fox")
    html = client.get("/studio/recent").content.decode()
    assert html.count('data-recent-prompt="a fox"') == 1
    assert html.index("a fox") < html.index("an old one")
    assert 'data-recent-negative="fog"' in html
    assert "of a style" not in html


def test_nobody_elses_prompts(client: Client, bob: Person, sign_in) -> None:
    asked_before(bob, "a secret of Bob")
    assert "secret of Bob" not in client.get("/studio/recent").content.decode()


# ── Settings of a text or a picture ──────────────────────────────────────────────────────────


def read(client: Client, **body: object) -> tuple[int, str]:
    answer = client.post("/studio/read", body)
    return answer.status_code, unescape(answer.content.decode())


def png(text: str) -> SimpleUploadedFile:
    info, file = PngInfo(), BytesIO()
    if text:
        info.add_text("parameters", text)
    Image.new("RGB", (8, 8)).save(file, "PNG", pnginfo=info)
    return SimpleUploadedFile("fox.png", file.getvalue(), "image/png")


@pytest.mark.parametrize("body", [{"text": TEXT}, {"file": png(TEXT)}])
def test_settings_are_read(client: Client, body: dict[str, object]) -> None:
    status, html = read(client, **body)
    assert status == 200
    for said in (
        '"prompt": "a fox, <lora:ink:0.7>"',
        '"negative_prompt": "blurry"',
        '"steps": 30',
        '"sampler": "DPM++ 2M"',
        '"scheduler": "Karras"',
        '"cfg_scale": 5.5',
        '"seed": "42"',
        '"width": 640, "height": 768',
        '"checkpoint": "real.safetensors"',
        '"clip_skip": 2',
        '"hires": true',
        '"hires_scale": 2.0',
        '"hires_steps": 9',
        '"hires_upscaler": "Lanczos"',
        '"hires_denoising": 0.35',
        '"tiling": true',
    ):
        assert said in html
    assert "Not here, left as it is: nowhere" in html
    assert not Task.objects.exists()


def test_a_schedule_in_the_samplers_name(client: Client) -> None:
    text = "a\nSteps: 9, Sampler: DPM++ 3M SDE Karras, Seed: 1, Size: 8x8"
    assert "DPM++ 3M SDE" in read(client, text=text)[1].partition("left as it is:")[2]
    text = "a\nSteps: 9, Sampler: Heun Karras, Seed: 1, Size: 8x8"
    html = read(client, text=text)[1]
    assert '"sampler": "Heun", "scheduler": "Karras"' in html


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "No settings are written in it."),
        ({"text": "a plain prompt\x00"}, "No settings are written in it."),
        ({"file": png("")}, "No settings are written in it."),
        ({"file": SimpleUploadedFile("a.png", b"GIF89a")}, "This is no picture that can be read."),
        ({"file": SimpleUploadedFile("a.png", b"")}, "This is no picture that can be read."),
    ],
)
def test_what_carries_none_is_refused(client: Client, body, message) -> None:
    status, html = read(client, **body)
    assert status == 422
    assert message in html


def test_a_file_that_is_too_large(client: Client, monkeypatch) -> None:
    monkeypatch.setattr(prompting, "MOST_BYTES", 10)
    status, html = read(client, file=png(TEXT))
    assert status == 422
    assert "too large" in html


def test_strangers_names_stay_unknown(client: Client) -> None:
    html = read(client, text="a\nSteps: 9, VAE: elsewhere, Seed: 1, Size: 8x8")[1]
    assert "left as it is: elsewhere" in html
    assert suggested(client, "<lora:secret") == []
    html = client.post("/studio/quote", {"prompt": "<lora:secret:1>"}, headers=FRAGMENT)
    assert "not in the catalog" in html.content.decode()
