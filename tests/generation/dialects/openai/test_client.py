"""OpenAI's own client, from its package, against a running Easel."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from io import BytesIO

import httpx2
import openai
import pytest
from PIL import Image

from accounts.models import Balance
from generation.models import Backend
from tests.generation.dialects.live import Live
from tests.generation.house import CHECKPOINT
from tests.generation.painting import encode, picture
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(live: Live, alice: Person) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{live.url}/v1", api_key=alice.api_token, max_retries=0) as made:
        yield made


def opened(text: str | None) -> Image.Image:
    assert text
    return Image.open(BytesIO(base64.b64decode(text)))


def test_it_generates(client: openai.OpenAI) -> None:
    answer = client.images.generate(model=CHECKPOINT, prompt="a red apple", n=2, size="512x256")
    assert answer.data and answer.usage
    assert [opened(item.b64_json).size for item in answer.data] == [(512, 256)] * 2
    assert answer.data[0].b64_json != answer.data[1].b64_json
    assert answer.usage.total_tokens > 0


def test_an_address_opens_without_a_credential(client: openai.OpenAI) -> None:
    answer = client.images.generate(prompt="a fox", response_format="url", output_format="webp")
    assert answer.data and answer.data[0].url and answer.data[0].b64_json is None
    fetched = httpx2.get(answer.data[0].url)
    assert (fetched.status_code, fetched.headers["content-type"]) == (200, "image/webp")


def test_it_edits(client: openai.OpenAI, live: Live) -> None:
    hole = picture(96, 64, mode="RGBA")
    hole.putalpha(Image.linear_gradient("L").resize((96, 64)))
    answer = client.images.edit(
        image=("in.png", encode(picture())), mask=("mask.png", encode(hole)), prompt="a hat"
    )
    assert answer.data and opened(answer.data[0].b64_json).size == (96, 64)
    body = next(call.body for call in live.house.server.calls if call.path.endswith("/img2img"))
    assert body["init_images"] and body["mask"]


def test_it_edits_by_several(client: openai.OpenAI, live: Live) -> None:
    pair = [("in.png", encode(picture())), ("like.png", encode(picture(64, 64)))]
    offers = live.house.backend.offers
    Backend.objects.update(offers=[*offers, "controlnet", "module:reference_only"])
    assert client.images.edit(image=pair, prompt="a hat").data
    body = next(call.body for call in live.house.server.calls if call.path.endswith("/img2img"))
    (unit,) = body["alwayson_scripts"]["controlnet"]["args"]
    assert (unit["module"], unit["model"], bool(unit["image"])) == ("reference_only", "None", True)


def test_it_varies(client: openai.OpenAI) -> None:
    with pytest.deprecated_call():  # by the client; there are programs that call it
        answer = client.images.create_variation(
            image=("in.png", encode(picture())), n=2, response_format="b64_json"
        )
    assert answer.data and len(answer.data) == 2


def test_it_streams(client: openai.OpenAI, live: Live) -> None:
    live.house.server.seconds_per_step = 0.15
    events = list(client.images.generate(prompt="a fox", stream=True, partial_images=2))
    *partials, last = [event.type for event in events]
    assert last == "image_generation.completed"
    assert partials and set(partials) == {"image_generation.partial_image"}
    assert opened(events[-1].b64_json).format == "PNG"
    assert opened(events[0].b64_json).format == "JPEG"


def test_it_lists_models(client: openai.OpenAI) -> None:
    names = [model.id for model in client.models.list()]
    assert CHECKPOINT in names
    assert client.models.retrieve(CHECKPOINT).object == "model"


def test_it_knows_our_errors(client: openai.OpenAI, alice: Person) -> None:
    with pytest.raises(openai.NotFoundError) as unknown:
        client.models.retrieve("no-such-model")
    assert unknown.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError) as refused:
        client.images.generate(prompt="a fox", background="transparent")
    assert refused.value.param == "background"
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="wrong").images.generate(prompt="a fox")
    Balance.objects.filter(tenant=alice.tenant).update(amount=0)
    with pytest.raises(openai.RateLimitError) as poor:
        client.images.generate(prompt="a fox")
    assert poor.value.code == "insufficient_quota"


def test_a_failed_task_is_an_error(client: openai.OpenAI, live: Live) -> None:
    live.house.server.add_fault("422")
    with pytest.raises(openai.InternalServerError) as failed:
        client.images.generate(prompt="a fox")
    assert failed.value.code == "backend_refused"
    with pytest.raises(openai.APIError, match="too many"):
        list(client.images.generate(prompt="a fox", stream=True))
