"""Every field of the form: what it asks for, that it comes back, and that nonsense is refused."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from uuid import UUID

import pytest
from django.http import QueryDict
from django.test import Client

from accounts.models import Tenant
from catalog import access as catalog
from catalog.models import Checkpoint, Lora, Style
from generation.models import Task
from generation.request import Hires, LoraUse
from generation.studio.forms import CreateForm
from generation.studio.recall import of_task
from tests.generation.house import CHECKPOINT, House
from tests.generation.studio.conftest import FRAGMENT
from tests.generation.studio.test_create import error_of
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)
# Of each field a value that is not its default, and what the request says of it.
EVERY = {
    "prompt": ("a red apple", "a red apple"),
    "negative_prompt": ("blurry", "blurry"),
    "checkpoint": (CHECKPOINT, CHECKPOINT),
    "width": ("640", 640),
    "height": ("448", 448),
    "steps": ("11", 11),
    "cfg_scale": ("5.5", 5.5),
    "sampler": ("Euler", "Euler"),
    "scheduler": ("Karras", "Karras"),
    "seed": ("18446744073709551615", 18446744073709551615),
    "subseed": ("9", 9),
    "subseed_strength": ("0.25", 0.25),
    "clip_skip": ("2", 2),
    "tiling": ("on", True),
    "restore_faces": ("on", True),
    "output_format": ("webp", "webp"),
}
HIRES = {
    "hires": "on",
    "hires_scale": "1.5",
    "hires_upscaler": "Lanczos",
    "hires_steps": "7",
    "hires_denoising": "0.4",
}
Asked = Callable[..., Task]


@pytest.fixture
def client(house: House, alice: Person, sign_in) -> Client:
    return sign_in(alice)


@pytest.fixture
def asked(client: Client) -> Asked:
    """The task of a form that was sent."""

    def sent(**fields: object) -> Task:
        form = {"prompt": "a red apple"} | fields
        html = client.post("/", form, headers=FRAGMENT).content.decode()
        assert "data-task" in html, html
        return Task.objects.latest("created_at")

    return sent


def sent_form() -> dict[str, str]:
    return {name: value for name, (value, _meant) in EVERY.items()} | HIRES | {"count": "3"}


def test_every_field_reaches_the_request(asked: Asked) -> None:
    request = asked(**sent_form()).image_request
    assert {name: getattr(request, name) for name in EVERY} == {
        name: meant for name, (_value, meant) in EVERY.items()
    }
    assert request.hires == Hires(scale=1.5, upscaler="Lanczos", steps=7, denoising_strength=0.4)
    assert request.images == 3


def test_every_field_comes_back(asked: Asked, house: House, alice: Person) -> None:
    asked(**sent_form())
    house.work()
    values = of_task(Task.objects.get())
    form = QueryDict(mutable=True)
    for name, value in values.items():
        if value is not None and value is not False:
            form.setlist(name, value if isinstance(value, list) else [value])
    again = CreateForm(alice.in_person, form)
    assert again.is_valid(), again.errors
    first = CreateForm(alice.in_person, sent_form())
    assert first.is_valid()
    assert again.to_request() == first.to_request()


def test_a_second_pass_that_is_off_is_not_asked_for(asked: Asked) -> None:
    assert asked(**HIRES | {"hires": ""}).image_request.hires is None


def test_a_variation_seed_without_strength_is_left_out(asked: Asked) -> None:
    assert asked(subseed="5").image_request.subseed is None


def test_a_style_is_written_into_the_prompt_and_comes_back_as_a_style(asked: Asked) -> None:
    Style.objects.create(name="loud", prompt="{prompt}, neon", negative_prompt="grey")
    catalog.invalidate()
    task = asked(styles=["loud"])
    assert task.request["prompt"] == "a red apple, neon"
    assert task.request["negative_prompt"] == "grey"
    values = of_task(task)
    assert (values["prompt"], values["negative_prompt"]) == ("a red apple", "")
    assert values["styles"] == ["loud"]


def test_the_page_shows_what_a_style_adds(client: Client) -> None:
    page = unescape(client.get("/").content.decode())
    assert "…, wearing hanfu, traditional Chinese style" in page
    assert "QR: guofeng" not in page  # a look of the other page


def test_a_task_from_elsewhere_is_told_in_the_forms_words(house: House, alice: Person) -> None:
    Lora.objects.create(name="ink.safetensors", present=True)
    house.backend.offers += ["lora:ink.safetensors"]
    house.backend.save()
    catalog.invalidate()
    loras = (LoraUse(name="ink", weight=0.5),)
    changes = {"loras": loras, "hires": Hires(scale=2), "subseed": 4, "subseed_strength": 0.5}
    values = of_task(house.task(house.draw(alice, "a boat", with_=changes)))
    assert values["prompt"] == "a boat <lora:ink.safetensors:0.5>"
    assert (values["hires"], values["hires_scale"], values["subseed"]) == (True, 2.0, "4")


def test_the_light_box_carries_every_field(client: Client, asked: Asked, house: House) -> None:
    task = asked(**sent_form())
    house.work()
    picture = unescape(client.get(f"/studio/tasks/{task.pk}/1").content.decode())
    assert '"scheduler": "Karras"' in picture
    assert '"hires_denoising": 0.4' in picture
    assert '"count": 1' in picture


def test_the_address_fills_the_form(client: Client) -> None:
    Checkpoint.objects.create(
        name="wide.safetensors", present=True, default_width=1024, default_height=768
    )
    Lora.objects.create(name="ink.safetensors", present=True, default_weight=0.6)
    catalog.invalidate()
    page = client.get("/?checkpoint=wide&lora=ink&prompt=a+boat").content.decode()
    assert "a boat &lt;lora:ink:0.6&gt;</textarea>" in page
    assert 'value="wide.safetensors" data-side="887" checked' in page
    assert 'name="width" value="1024"' in page


def test_no_form_begins_larger_than_the_organisation_may(client: Client, alice: Person) -> None:
    size = {"default_width": 1024, "default_height": 576}
    Checkpoint.objects.create(name="wide.safetensors", present=True, **size)
    catalog.invalidate()
    Tenant.objects.filter(pk=alice.tenant.pk).update(max_side=700)
    page = client.get("/?checkpoint=wide").content.decode()
    assert 'max="696"' in page  # sides go in steps of 8
    assert 'name="width" value="640"' in page
    assert 'name="height" value="384"' in page


def test_an_address_that_names_what_is_not_there_changes_nothing(client: Client) -> None:
    page = client.get("/?checkpoint=nonesuch&lora=nonesuch&prompt=%00").content.decode()
    assert 'data-given="{}"' in page
    assert f'value="{CHECKPOINT}" data-side="512" checked' in page


def test_what_the_price_is_made_of(client: Client) -> None:
    html = client.post("/studio/quote", HIRES | {"prompt": ""}, headers=FRAGMENT).content.decode()
    assert "<dt>Painting</dt>" in html
    assert "<dt>Second pass</dt>" in html
    plain = client.post("/studio/quote", {"prompt": ""}, headers=FRAGMENT).content.decode()
    assert "<dt>" not in plain


def test_a_model_is_found_by_a_word_of_its_title(client: Client) -> None:
    for number in range(70):
        Checkpoint.objects.create(name=f"m{number}", title=f"Model {number}", present=True)
    catalog.invalidate()
    assert client.get("/").content.decode().count('name="checkpoint"') == 60
    found = client.get(f"/studio/models?q=model+69&checkpoint={CHECKPOINT}").content.decode()
    assert 'value="m69"' in found
    assert f'value="{CHECKPOINT}"' in found  # the chosen one stays in the form
    assert found.count('name="checkpoint"') == 2


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("clip_skip", "13", "A number from 1 to 12."),
        ("subseed", "-1", "A number from 0 to 18446744073709551615."),
        ("subseed_strength", "1.5", "A number from 0 to 1."),
        ("hires_scale", "5", "A number from 1 to 4."),
        ("hires_steps", "151", "A number from 0 to 150."),
        ("hires_denoising", "-0.1", "A number from 0 to 1."),
        ("hires_upscaler", "Nonesuch", "Nonesuch"),
        ("vae", "nonesuch.pt", "nonesuch.pt"),
        ("scheduler", "Nonesuch", "Nonesuch"),
        ("styles", "nonesuch", "nonesuch"),
        ("output_format", "gif", "gif"),
    ],
)
def test_bad_input_is_shown_at_its_field(client: Client, field, value, message) -> None:
    form = {"prompt": "a red apple"} | HIRES | {field: value}
    html = client.post("/", form, headers=FRAGMENT).content.decode()
    assert message in error_of(html, field)
    assert not Task.objects.exists()


def test_too_large_in_the_second_pass_is_said_there(client: Client) -> None:
    form = {"prompt": "a red apple", "width": "1024", "height": "1024"} | HIRES
    html = client.post("/", form | {"hires_scale": "4"}, headers=FRAGMENT).content.decode()
    assert error_of(html, "hires_scale")
    assert not Task.objects.exists()


def test_a_strangers_style_is_no_choice(client: Client, charlie: Person) -> None:
    Style.objects.create(name="secret", prompt="shh", tenant=charlie.tenant)
    catalog.invalidate()
    form = {"prompt": "a red apple", "styles": ["secret"]}
    html = client.post("/", form, headers=FRAGMENT).content.decode()
    assert "secret" in error_of(html, "styles")
    assert "shh" not in client.get("/").content.decode()


def test_the_settings_of_nobodys_task(client: Client) -> None:
    assert client.get(f"/?again={UUID(int=0)}").status_code == 404
    assert client.get("/?again=nonsense").status_code == 404


def test_what_cannot_be_painted_says_why_at_the_button(client: Client) -> None:
    html = client.post("/studio/quote", {"vae": "nonesuch.pt"}, headers=FRAGMENT).content.decode()
    line = html.partition('id="price-line"')[2].partition("</p>")[0]
    assert "Unknown: “nonesuch.pt”" in line
    assert " disabled>" in html
