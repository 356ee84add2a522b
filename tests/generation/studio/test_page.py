"""The page: who may open it, what it shows, what survives."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from accounts.models import Membership, Role
from catalog.models import Checkpoint
from generation.engine.sketch import SketchPainter
from generation.models import Backend, Task
from generation.studio import offers
from tests.generation.house import CHECKPOINT, House
from tests.generation.studio.conftest import FRAGMENT
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_works(house: House, alice: Person, sign_in) -> None:
    page = sign_in(alice).get("/")
    assert page.status_code == 200
    assert "1,000 credits" in page.content.decode()


def test_a_first_visit_is_never_empty(house: House, alice: Person, sign_in) -> None:
    page = sign_in(alice).get("/").content.decode()
    assert page.count('class="example example--') == 6
    assert '<div class="examples" data-examples >' in page


def test_examples_stand_back_when_there_are_pictures(alice: Person, sign_in, paint) -> None:
    paint(alice)
    assert "data-examples hidden" in sign_in(alice).get("/").content.decode()


def test_no_script_and_no_style_in_the_page(alice: Person, sign_in, paint) -> None:
    paint(alice)
    page = sign_in(alice).get("/").content.decode()
    assert "<style" not in page
    assert " style=" not in page
    assert " onclick=" not in page
    assert page.count("<script") == len(re.findall(r'<script (?:type="module" )?src="/', page))


def test_the_first_page_is_small(alice: Person, sign_in, paint) -> None:
    for number in range(3):
        paint(alice, prompt=f"a red apple {number}")
    assert len(sign_in(alice).get("/").content) < 60_000


def test_in_chinese(house: House, alice: Person, sign_in) -> None:
    client = sign_in(alice)
    client.post("/language/setlang/", {"language": "zh-hans", "next": "/"})
    page = client.get("/").content.decode()
    assert '<html lang="zh-Hans">' in page
    page = re.sub(r'<(\w+)[^>]* translate="no"[^>]*>.*?</\1>', " ", page, flags=re.DOTALL)
    shown = re.sub(r"<(style|script|option)[^>]*>.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
    latin = set(re.findall(r"[A-Za-z]{2,}", shown))
    terms = {"CFG", "CLIP", "VAE", "LoRA", "ControlNet", "ADetailer", "Ctrl", "Enter", "SD"}
    assert latin - terms - {"Easel", "Studio", "Alice", "English", "fake"} == set()


def test_a_finished_picture_is_on_the_wall(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice)
    page = sign_in(alice).get("/").content.decode()
    assert f'id="tile-{task_id}-0"' in page
    assert "/files/" in page


def test_a_page_of_history_is_a_fragment(alice: Person, sign_in, paint, monkeypatch) -> None:
    monkeypatch.setattr("generation.studio.wall.PAGE", 1)
    first, second = paint(alice, prompt="the first"), paint(alice, prompt="the second")
    client = sign_in(alice)
    newest = client.get("/", headers=FRAGMENT).content.decode()
    cursor = newest.partition("?cursor=")[2].partition('"')[0]
    older = client.get(f"/?cursor={cursor}", headers=FRAGMENT).content.decode()
    assert str(second) in newest and str(first) not in newest
    assert str(first) in older and str(second) not in older
    assert "<html" not in older


def test_a_former_task_fills_the_form(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice, prompt="two blue whales", seed="42")
    page = sign_in(alice).get(f"/?again={task_id}").content.decode()
    assert "two blue whales</textarea>" in page
    assert 'value="42"' in page


def test_a_tenant_without_servers_is_told(alice: Person, sign_in) -> None:
    page = sign_in(alice).get("/").content.decode()
    assert "No drawing server is connected yet" in page


def test_before_the_first_server_the_page_looks_again(alice: Person, sign_in) -> None:
    page = sign_in(alice).get("/").content.decode()
    assert 'hx-get="/studio/models"' in page
    assert "No drawing server is ready yet." in page


def test_models_that_came_later(house: House, alice: Person, sign_in) -> None:
    fragment = sign_in(alice).get("/studio/models").content.decode()
    assert f'value="{CHECKPOINT}"' in fragment
    assert "hx-get" not in fragment


def test_a_server_that_is_down_is_said_before_sending(house: House, alice: Person, sign_in) -> None:
    Backend.objects.update(is_up=False)
    page = sign_in(alice).get("/").content.decode()
    assert "No drawing server can be reached just now" in page
    assert 'aria-describedby="price-line" >' in page  # it may be sent all the same


def test_a_private_model_of_others_is_not_offered(house: House, alice, charlie, sign_in) -> None:
    Checkpoint.objects.create(name="secret.safetensors", tenant=charlie.tenant, present=True)
    assert "secret.safetensors" not in sign_in(alice).get("/").content.decode()


def test_every_style_of_the_sketch_painter_has_a_cover() -> None:
    for card in SketchPainter().cards():
        entry = Checkpoint(name=card.name, base_model=card.base_model)
        assert finders.find(f"easel/covers/{card.name}.webp")
        assert offers._model(entry).cover.endswith(".webp")
    assert offers._model(Checkpoint(name="sketch", base_model="SDXL")).cover == ""


def test_a_viewer_may_look(house: House, alice: Person, sign_in) -> None:
    Membership.objects.filter(user=alice.user).update(role=Role.VIEWER)
    page = sign_in(alice).get("/").content.decode()
    assert "Your role may look, not create." in page
    assert " disabled>" in page
    sign_in(alice).post("/", {"prompt": "a red apple"}, headers=FRAGMENT)
    assert not Task.objects.exists()


def test_nobody_is_sent_to_sign_in(db: None) -> None:
    answer = Client().get("/")
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?next=/"


def test_a_fragment_for_nobody_is_no_page_in_the_page(db: None) -> None:
    answer = Client().get("/studio/tasks", headers=FRAGMENT)
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/accounts/login/"


def test_a_person_without_a_tenant_is_refused(alice: Person, sign_in) -> None:
    Membership.objects.all().delete()
    assert sign_in(alice).get("/").status_code == 403


def test_another_cursor_is_not_found(house: House, alice: Person, sign_in) -> None:
    assert sign_in(alice).get("/?cursor=nonsense").status_code == 404


def test_settings_of_a_strangers_task_are_not_found(alice, charlie, sign_in, paint) -> None:
    task_id: UUID = paint(alice)
    assert sign_in(charlie).get(f"/?again={task_id}").status_code == 404
