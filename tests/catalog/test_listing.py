from __future__ import annotations

from collections.abc import Callable

import pytest

from catalog import access
from catalog.access import Page, rows
from catalog.kinds import Kind
from catalog.models import Checkpoint, Embedding, Lora

TEN = [
    "FastNegativeV2",
    "bad-artist-anime",
    "bad-artist",
    "bad-hands-5",
    "bad-image-v2-39000",
    "bad-picture-chill-75v",
    "bad_prompt",
    "bad_prompt_version2",
    "badhandv4",
    "by-bad-artist-neg",
]


def names(kind: Kind, tenant_id: int | None = None, **filters: str) -> list[str]:
    return [row.name for row in rows(kind, tenant_id, filters, Page.of(size=200)).rows]


def test_the_published_page_of_embeddings(catalog: None) -> None:
    page = rows(Kind.EMBEDDING, None, page=Page.of(1, 10))
    assert [row.simplify_name for row in page.rows] == TEN
    assert [row.name for row in page.rows] == [f"{name}.pt" for name in TEN]


def test_the_published_row_of_a_lora(catalog: None) -> None:
    (row,) = rows(Kind.LORA, None).rows
    assert row.title == "Hayasaka Ai 早坂愛 / Kaguya-sama wa Kokurasetai "
    assert (row.simplify_name, row.base_model, row.online, row.upload_status) == (
        "hayasaka_ai_v10_26390",
        "SD 1.5",
        True,
        0,
    )


def test_pages_are_counted_from_one_and_total_counts_all(catalog: None) -> None:
    first, second, third = (rows(Kind.EMBEDDING, None, page=Page.of(n, 5)) for n in (1, 2, 3))
    assert [len(page.rows) for page in (first, second, third)] == [5, 5, 1]
    assert {page.total for page in (first, second, third)} == {11}


def test_beyond_the_end_there_are_no_rows(catalog: None) -> None:
    page = rows(Kind.EMBEDDING, None, page=Page.of(10**30, 200))
    assert (page.rows, page.total) == ([], 11)


def test_zero_and_nothing_are_the_first_page_of_ten() -> None:
    assert Page.of(0, 0) == Page.of(None, None) == Page(1, 10)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"name_contains": "ARTIST"}, 3),
        ({"name": "BAD-ARTIST.pt"}, 1),
        ({"name": "bad-artist"}, 0),
        ({"title_contains": "negative"}, 2),
        ({"base_model": "sd 1.5"}, 11),
        ({"base_model": "SD"}, 0),
        ({"name_contains": ""}, 11),
        ({"name_contains": "100%"}, 0),
        ({"name_contains": "\x00"}, 0),
    ],
)
def test_filters(catalog: None, filters: dict[str, str], found: int) -> None:
    assert rows(Kind.EMBEDDING, None, filters).total == found


def test_a_row_without_a_title_is_found_by_its_name(catalog: None) -> None:
    assert names(Kind.VAE, title_contains="k1f8") == ["k1F8Anime2_k1F8Anime2VAE.ckpt"]


def test_what_is_online_comes_first(catalog: None) -> None:
    Embedding.objects.filter(name="FastNegativeV2.pt").update(online=False)
    assert names(Kind.EMBEDDING)[-1] == "FastNegativeV2.pt"
    assert rows(Kind.EMBEDDING, None, online_only=True).total == 10


def test_a_published_name_that_is_listed_can_be_asked_for(sketch: None, catalog: None) -> None:
    for row in rows(Kind.CHECKPOINT, None).rows:
        assert access.resolve_checkpoint(None, row.name, "saas") is not None


def test_one_page_is_two_queries(
    catalog: None, django_assert_num_queries: Callable[..., object]
) -> None:
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        rows(Kind.CHECKPOINT, None)


def test_another_tenants_row_is_in_no_list_and_no_total(alice: int, bob: int) -> None:
    Lora.objects.create(tenant_id=alice, name="secret.safetensors")
    assert "secret.safetensors" in names(Kind.LORA, alice)
    assert "secret.safetensors" not in names(Kind.LORA, bob)
    assert rows(Kind.LORA, bob).total == rows(Kind.LORA, None).total == 1


def test_the_global_rows_alone(alice: int) -> None:
    Checkpoint.objects.create(tenant_id=alice, name="mine")
    assert "mine" not in names(Kind.CHECKPOINT, None)


@pytest.mark.parametrize(("number", "size"), [(-1, 10), (1, -1), (1, 201)])
def test_a_page_beyond_the_limits_is_refused(number: int, size: int) -> None:
    with pytest.raises(ValueError, match="page"):
        Page.of(number, size)


def test_an_unknown_filter_is_refused(catalog: None) -> None:
    with pytest.raises(KeyError):
        rows(Kind.LORA, None, {"tenant": "1"})
