"""The pages of models: what there is, where it is, how to try it, and who may see it."""

from __future__ import annotations

import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from accounts.models import Tenant
from catalog import access as catalog
from catalog.models import Checkpoint, Embedding, Lora, Price, Style, Upscaler
from generation.models import Backend, Task
from generation.studio.covers import cover_of
from tests.generation.house import CHECKPOINT, House
from tests.generation.studio.conftest import FRAGMENT
from tests.people import Person

WALL = "/studio/models/"


@pytest.fixture
def client(stocked: Backend, alice: Person, sign_in) -> Client:
    return sign_in(alice)


def page(client: Client, query: str = "", **more: str) -> str:
    catalog.invalidate()
    answer = client.get(f"{WALL}?{query}", **more)
    assert answer.status_code == 200
    return answer.content.decode()


def titles(html: str) -> list[str]:
    return re.findall(r'class="model__title"><a [^>]*>([^<]*)<', html)


def present(model, name: str, **more):
    return model.objects.create(name=name, present=True, **more)


def test_every_kind_has_its_tab_and_its_count(client: Client) -> None:
    html = page(client)
    assert set(titles(html)) == {"fake-v1", "fake-v2"}
    assert re.search(
        r'value="checkpoint" id="kind-checkpoint" checked>\s*Models[^<]*<[^>]*>2<', html
    )
    for kind in ("lora", "style", "controlnet", "embedding", "vae", "upscaler"):
        assert f'value="{kind}"' in html


def test_a_card_says_what_it_is_and_where(client: Client) -> None:
    Checkpoint.objects.filter(name=CHECKPOINT).update(
        base_model="SDXL", description="Bold lines.", version="v7", cover_url="/files/c.webp"
    )
    Backend.objects.update(loaded_checkpoint=CHECKPOINT)
    html = page(client)
    for words in ("SDXL", "Bold lines.", "v7", "Loaded on 1 server", "On 1 server"):
        assert words in html
    assert 'src="/files/c.webp"' in html
    assert f"/?checkpoint={CHECKPOINT}&amp;prompt=" in html


def test_a_cover_elsewhere_is_not_shown(client: Client) -> None:
    Checkpoint.objects.filter(name=CHECKPOINT).update(cover_url="https://elsewhere.test/c.png")
    assert "elsewhere.test" not in page(client)


def test_what_no_server_has_is_shown_when_asked_for(client: Client) -> None:
    assert "Photon" not in titles(page(client))
    html = page(client, "absent=1")
    assert "Photon" in titles(html)
    assert "No server has it" in html
    Backend.objects.update(is_up=False)
    assert "No server has it" in page(client)


def test_search_looks_at_names_words_and_descriptions(client: Client) -> None:
    present(Lora, "inky", trigger_words="brush strokes")
    present(Lora, "soft", description="Pale colours")
    present(Lora, "hard")
    assert titles(page(client, "kind=lora&q=BRUSH")) == ["inky"]
    assert titles(page(client, "kind=lora&q=pale")) == ["soft"]
    assert titles(page(client, "kind=lora&q=har")) == ["hard"]
    assert "Nothing matches" in page(client, "kind=lora&q=%00")
    html = page(client, "q=inky")  # another kind has it: its tab says so
    assert re.search(r'id="kind-lora" >\s*LoRA[^<]*<[^>]*>1<', html)


def test_base_models_narrow_it(client: Client) -> None:
    present(Lora, "a", base_model="SDXL")
    present(Lora, "b", base_model="SD 1.5")
    assert titles(page(client, "kind=lora&base=sdxl")) == ["a"]
    assert re.search("<option [^>]*selected>SDXL</option>", page(client, "kind=lora&base=SDXL"))


def test_a_fragment_is_what_the_page_holds(client: Client) -> None:
    part = page(client, "kind=vae", headers=FRAGMENT)
    assert "<html" not in part
    assert 'id="kind-vae" checked' in part


def test_pages_follow_each_other(client: Client) -> None:
    Lora.objects.bulk_create(Lora(name=f"l{n:03}", present=True) for n in range(70))
    first = page(client, "kind=lora")
    more = re.search(r'hx-get="/studio/models/\?([^"]*page=2)"', first)
    assert more
    second = page(client, more[1].replace("&amp;", "&"), headers=FRAGMENT)
    assert len(titles(first)) + len(titles(second)) == 71  # and the server's own
    assert "page=3" not in second


def test_many_models_are_few_queries(client: Client, django_assert_max_num_queries) -> None:
    Lora.objects.bulk_create(Lora(name=f"l{n:03}", present=True) for n in range(60))
    page(client, "kind=lora")
    with django_assert_max_num_queries(34):
        page(client, "kind=lora")


def test_a_model_with_its_words_licence_and_price(client: Client) -> None:
    lora = present(
        Lora,
        "inky",
        trigger_words="ink style, brush",
        licence="CC BY 4.0",
        origin_url="https://example.com/inky",
        default_weight=0.7,
    )
    html = client.get(f"/studio/models/lora/{lora.pk}").content.decode()
    for text in ("&lt;lora:inky:0.7&gt;", "ink style", "brush", "CC BY 4.0", "example.com/inky"):
        assert text in html
    Price.objects.create(kind="image", checkpoint=CHECKPOINT, per_megapixel_step=400)
    html = page(client)
    assert "× 2" in html
    entry = Checkpoint.objects.get(name=CHECKPOINT)
    html = client.get(f"/studio/models/checkpoint/{entry.pk}").content.decode()
    assert "2 credits" in html


@pytest.mark.django_db(transaction=True)
def test_own_pictures_with_it_are_shown(alice, bob, paint, sign_in) -> None:
    task, client = paint(alice), sign_in(alice)
    entry = Checkpoint.objects.get(name=CHECKPOINT)
    address = f"/studio/models/checkpoint/{entry.pk}"
    assert f'data-task="{task}"' in client.get(address).content.decode()
    assert "Your pictures with it" not in sign_in(bob).get(address).content.decode()


@pytest.mark.django_db(transaction=True)
def test_own_pictures_with_a_style_an_embedding_and_an_upscaler(alice, paint, sign_in) -> None:
    word = present(Embedding, "Easy-Neg")
    style = Style.objects.get(name="hanfu")
    upscaler = Upscaler.objects.get(name__iexact="lanczos")
    used = {
        style: paint(alice, styles=["hanfu"]),
        word: paint(alice, negative_prompt="bad, (easy-neg:1.2)"),
        upscaler: paint(alice, hires="on", hires_upscaler=upscaler.name),
    }
    paint(alice, prompt="an easy-negotiation")
    for entry, task in used.items():
        html = sign_in(alice).get(f"/studio/models/{entry.KIND}/{entry.pk}").content.decode()
        assert re.findall(r'data-task="([^"]+)"', html) == [str(task)]


def test_a_style_says_what_it_adds(client: Client) -> None:
    style = Style.objects.get(name="hanfu")
    html = client.get(f"/studio/models/style/{style.pk}").content.decode()
    assert "wearing hanfu" in html
    assert "Goes with every model" in html


@pytest.mark.django_db(transaction=True)
def test_the_sketch_painters_accents_have_covers_and_descriptions(
    sketch_house: House, alice, sign_in
) -> None:
    for lora in Lora.objects.filter(base_model="Sketch"):
        assert lora.description
        assert finders.find(f"easel/covers/lora-{lora.name}.webp")
        assert cover_of(lora)
    assert Lora.objects.filter(base_model="Sketch").count() == 8
    html = page(sign_in(alice), "kind=lora")
    assert "Soft powdered colours." in html


@pytest.fixture
def adult(alice: Person) -> None:
    for model in (Checkpoint, Lora, Embedding):
        present(model, "secret", is_adult=True, title="Secret")


def test_adult_content_is_marked(client: Client, adult: None) -> None:
    html = page(client)
    assert "Secret" in titles(html)
    assert "Adult" in html


def test_where_the_tenant_does_not_allow_it_nothing_adult_is_there(
    client: Client, alice: Person, adult: None
) -> None:
    Tenant.objects.filter(pk=alice.tenant.pk).update(allows_adult=False)
    for kind in ("checkpoint", "lora", "embedding"):
        assert "Secret" not in page(client, f"kind={kind}&absent=1")
    entry = Checkpoint.objects.get(name="secret")
    assert client.get(f"/studio/models/checkpoint/{entry.pk}").status_code == 404
    assert "secret" not in client.get("/").content.decode()
    calls = {
        "/api/v1/catalog/checkpoints": "get",
        "/api/v1/catalog/loras": "get",
        "/sdapi/v1/sd-models": "get",
        "/sdapi/v1/loras": "get",
        "/v1/models": "get",
        "/AIGCImgOpenServ/saas/sd/v2/queryModelList": "post",
    }
    for path, method in calls.items():
        answer = getattr(client, method)(
            path,
            headers=alice.headers,
            **({"data": {}, "content_type": "application/json"} if method == "post" else {}),
        )
        assert answer.status_code == 200, path
        assert "secret" not in answer.content.decode().lower(), path
    named = {"prompt": "x", "checkpoint": "secret"}
    answer = client.post(
        "/api/v1/tasks", named, headers=alice.headers, content_type="application/json"
    )
    assert answer.status_code == 422
    assert answer.json()["code"] == "unknown_model"


def test_a_picture_of_somebody_elses_model_is_not_there(client: Client, charlie: Person) -> None:
    theirs = present(Lora, "theirs", tenant=charlie.tenant)
    assert client.get(f"/studio/models/lora/{theirs.pk}").status_code == 404
    assert titles(page(client, "kind=lora&absent=1&q=theirs")) == []


@pytest.mark.parametrize(
    "query", ["kind=sampler", "kind=nonsense", "page=x", "page=-1", "page=99999999"]
)
def test_what_is_malformed_is_not_found(client: Client, query: str) -> None:
    assert client.get(f"{WALL}?{query}").status_code == 404


def test_paths_that_lead_nowhere(client: Client) -> None:
    for path in ("lora/999999", "nonsense/1", "sampler/1"):
        assert client.get(f"{WALL}{path}").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_who_looks_after_a_model_makes_its_cover_of_a_picture(
    alice, bob, charlie, paint, sign_in
) -> None:
    task = paint(alice)
    Lora.objects.create(name="shared", present=True)
    ours = Lora.objects.create(name="ours", present=True, tenant=alice.tenant)
    address = f"/studio/models/lora/{ours.pk}"
    Task.objects.filter(pk=task).update(needs=["lora:ours"])
    assert "Make it the cover" in sign_in(alice).get(address).content.decode()

    picture = {"picture": f"{task}/0"}
    assert sign_in(alice).post(f"{address}/cover", picture)["Location"] == address
    ours.refresh_from_db()
    assert re.fullmatch(r"/files/covers/[0-9a-f]{64}\.webp", ours.cover_url)
    cover = Client().get(ours.cover_url)
    assert b"".join(cover.streaming_content).startswith(b"RIFF")
    assert f'src="{ours.cover_url}"' in page(sign_in(alice), "kind=lora")

    assert sign_in(bob).post(f"{address}/cover", picture).status_code == 403
    assert sign_in(charlie).post(f"{address}/cover", picture).status_code == 404
    shared = f"/studio/models/lora/{Lora.objects.get(name='shared').pk}/cover"
    assert sign_in(alice).post(shared, picture).status_code == 403
    theirs = paint(bob)
    for text in (f"{theirs}/0", f"{task}/9", f"{task}", "nonsense/0", f"{task}/x"):
        assert sign_in(alice).post(f"{address}/cover", {"picture": text}).status_code == 404
