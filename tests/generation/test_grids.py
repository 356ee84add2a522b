"""Grids: all cells or none, fair and repeatable, deleted whole."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts import ledger
from accounts.models import Role, Tenant
from generation import deletion, grids, sheets, watch
from generation.axis_values import parse
from generation.errors import (
    Forbidden,
    InsufficientCredit,
    InvalidRequest,
    NotFound,
    QueueFull,
    TaskConflict,
    UnknownModel,
)
from generation.models import Grid, Task
from generation.request import ImageRequest
from tests.generation.house import CHECKPOINT, House
from tests.people import CREDIT, Person

pytestmark = pytest.mark.django_db(transaction=True)
ASKED = ImageRequest(prompt="a red apple", checkpoint=CHECKPOINT, width=64, height=64, steps=2)


def wish(
    person: Person,
    x: str = "2, 3",
    y: str = "5, 7, 9",
    key: str = "",
    request: ImageRequest = ASKED,
) -> grids.Wish:
    return grids.Wish(
        actor=person.in_person,
        dialect="native",
        request=request,
        x=parse("steps", x),
        y=parse("cfg_scale", y),
        key=key,
    )


def one_row(person: Person, name: str, values: str) -> grids.Wish:
    return grids.Wish(
        actor=person.in_person, dialect="native", request=ASKED, x=parse(name, values), y=None
    )


def looks(person: Person, grid: Grid) -> list[str]:
    return [cell.task.state if cell.task else "gone" for cell in sheets.cells(person.actor, grid)]


def test_each_cell_is_a_task_with_its_values(house: House, alice: Person) -> None:
    grid = grids.create(wish(alice))
    rows = Task.objects.filter(grid=grid).order_by("cell")
    asked = [row.image_request for row in rows]
    assert [(each.steps, each.cfg_scale) for each in asked] == [
        *((2, 5), (3, 5)),
        *((2, 7), (3, 7)),
        *((2, 9), (3, 9)),
    ]
    assert {each.seed for each in asked} == {asked[0].seed}
    assert (grid.columns, grid.rows, grid.cells) == (2, 3, 6)


def test_the_whole_is_priced_and_reserved(house: House, alice: Person) -> None:
    quoted = grids.quote(wish(alice))
    grid = grids.create(wish(alice))
    assert quoted.cells == 6
    assert ledger.balance(alice.tenant.pk) == CREDIT - quoted.price
    assert sum(Task.objects.filter(grid=grid).values_list("price", flat=True)) == quoted.price


def test_cells_are_painted_and_settled_one_by_one(house: House, alice: Person) -> None:
    grid = grids.create(wish(alice, y="5"))
    assert looks(alice, grid) == ["queued"] * 2
    house.run(house.claim())
    assert sorted(looks(alice, grid)) == ["done", "queued"]
    house.work()
    found = sheets.cells(alice.actor, grid)
    assert sheets.painted(found) == 2
    assert [(cell.x, cell.y) for cell in found] == [("2", "5"), ("3", "5")]
    assert sheets.is_whole(found)


def test_one_axis_is_one_row(house: House, alice: Person) -> None:
    flat = grids.create(one_row(alice, "seed", "1, 2"))
    assert (flat.rows, flat.columns) == (1, 2)
    assert [cell.y for cell in sheets.cells(alice.in_person, flat)] == ["", ""]


def test_seeds_that_are_drawn_differ(house: House, alice: Person) -> None:
    drawn = grids.create(one_row(alice, "seed", "-1, -1"))
    one, other = Task.objects.filter(grid=drawn).values_list("request__seed", flat=True)
    assert one != other


def test_models_are_loaded_once_not_once_a_row(house: House, alice: Person) -> None:
    again = grids.Wish(
        actor=alice.in_person,
        dialect="native",
        request=ASKED,
        x=parse("checkpoint", f"{CHECKPOINT}, fake-v2.safetensors"),
        y=parse("steps", "2, 3"),
    )
    grid = grids.create(again)
    order = Task.objects.filter(grid=grid).order_by("created_at").values_list("cell", flat=True)
    assert list(order) == [0, 2, 1, 3]


def test_twice_sent_it_is_one_grid(house: House, alice: Person) -> None:
    first = grids.create(wish(alice, key="form-1"))
    assert grids.create(wish(alice, key="form-1")) == first
    assert grids.create(
        wish(alice, key="form-1", request=ASKED.model_copy(update={"seed": 1}))
    ) != (first)
    assert Task.objects.count() == 12


def test_a_double_click_makes_one_grid(house: House, alice: Person) -> None:
    made: list[Grid] = []

    def click() -> None:
        try:
            made.append(grids.create(wish(alice, key="form-2")))
        finally:
            connection.close()

    clicks = [threading.Thread(target=click) for _ in range(3)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join()
    assert len(made) == 3
    assert len(set(made)) == 1
    assert Task.objects.count() == 6


def test_what_is_left_is_cancelled_and_given_back(house: House, alice: Person) -> None:
    grid = grids.create(wish(alice))
    house.run(house.claim())
    assert grids.cancel(alice.actor, grid.pk) == 5
    assert sorted(looks(alice, grid)) == ["cancelled"] * 5 + ["done"]
    spent = sum(row or 0 for row in Task.objects.values_list("spent", flat=True))
    assert ledger.balance(alice.tenant.pk) == CREDIT - spent


def test_what_is_missing_is_made_again(house: House, alice: Person) -> None:
    grid = grids.create(wish(alice, y="5"))
    grids.cancel(alice.actor, grid.pk)
    assert grids.again(alice.actor, grid.pk, 1) == 1
    assert looks(alice, grid) == ["cancelled", "queued"]
    assert grids.again(alice.actor, grid.pk, 1) == 0  # it is on its way
    assert grids.again(alice.actor, grid.pk) == 1
    house.work()
    assert looks(alice, grid) == ["done", "done"]
    assert grids.again(alice.actor, grid.pk) == 0
    deletion.delete_many(alice.actor, [sheets.cells(alice.actor, grid)[0].task.id])
    assert looks(alice, grid)[0] in ("gone", "cancelled")
    assert grids.again(alice.actor, grid.pk) == 1


def test_it_is_deleted_whole_after_an_undo(house: House, alice: Person) -> None:
    grid = grids.create(wish(alice, y="5"))
    house.work()
    sheets.hide(alice.actor, grid.pk)
    assert sheets.is_hidden(alice.actor, grid.pk)
    assert not watch.history(alice.actor).items
    sheets.unhide(alice.actor, grid.pk)
    assert len(watch.history(alice.actor).items) == 2
    sheets.hide(alice.actor, grid.pk)
    later = timezone.now() + timedelta(minutes=1)
    assert sheets.purge_hidden(later) == 0  # its tasks are still there
    deletion.purge_hidden(later)
    assert sheets.purge_hidden(later) == 1
    assert not Grid.objects.exists()
    assert not Task.objects.exists()
    with pytest.raises(NotFound):
        sheets.unhide(alice.actor, grid.pk)


def test_the_newest_is_listed_first(house: House, alice: Person) -> None:
    made = [grids.create(wish(alice, x="2", y="5")) for _ in range(3)]
    page = sheets.listed(alice.in_person, None, 2)
    assert page.items == [made[2], made[1]]
    assert sheets.listed(alice.in_person, page.next_cursor, 2).items == [made[0]]


def test_the_wall_does_not_show_a_hundred_cards(house: House, alice: Person) -> None:
    grids.create(wish(alice))
    house.draw(alice)
    assert len(watch.active(alice.in_person)) == 7
    assert len(watch.active(alice.in_person, cells=False)) == 1


def test_all_or_none_for_want_of_credit(house: House, alice: Person) -> None:
    price = grids.quote(wish(alice)).price
    ledger.adjust(alice.tenant.pk, price - 1 - CREDIT, "spent elsewhere")
    with pytest.raises(InsufficientCredit) as refused:
        grids.create(wish(alice))
    assert refused.value.price == price
    assert not Task.objects.exists()
    assert not Grid.objects.exists()
    assert ledger.balance(alice.tenant.pk) == price - 1


def test_all_or_none_for_want_of_room(house: House, alice: Person) -> None:
    Tenant.objects.filter(pk=alice.tenant.pk).update(max_queued=5)
    alice.tenant.refresh_from_db()
    with pytest.raises(QueueFull, match="room for 5"):
        grids.create(wish(alice))
    assert not Task.objects.exists()
    assert ledger.balance(alice.tenant.pk) == CREDIT


def test_too_many_cells_are_named(house: House, alice: Person, settings) -> None:
    settings.EASEL_MAX_GRID_CELLS = 5
    with pytest.raises(InvalidRequest, match="at most 5 pictures a grid, this is 6"):
        grids.quote(wish(alice))


def test_a_cell_that_cannot_be_painted_refuses_all(house: House, alice: Person) -> None:
    with pytest.raises(UnknownModel):
        grids.create(one_row(alice, "checkpoint", f"{CHECKPOINT}, nowhere.safetensors"))
    assert not Grid.objects.exists()


def test_an_unfinished_grid_is_not_deleted(house: House, alice: Person) -> None:
    grid = grids.create(wish(alice, y="5"))
    with pytest.raises(TaskConflict):
        sheets.hide(alice.actor, grid.pk)
    assert sheets.one(alice.in_person, grid.pk).hidden_at is None


def test_it_is_its_makers_alone(house: House, alice, bob, charlie) -> None:
    grid = grids.create(wish(alice, y="5"))
    for other in (bob, charlie):
        for verb in (sheets.one, grids.again, grids.cancel, sheets.hide, sheets.unhide):
            with pytest.raises(NotFound):
                verb(other.in_person, grid.pk)
        assert not sheets.is_hidden(other.in_person, grid.pk)
        assert not sheets.listed(other.in_person, None, 5).items


def test_who_may_only_look_makes_none(house: House, alice: Person) -> None:
    viewer = Person(alice.user, alice.tenant, Role.VIEWER, alice.key, "", "")
    with pytest.raises(Forbidden):
        grids.create(wish(viewer))


def test_a_place_that_is_not_there(house: House, alice: Person) -> None:
    grid = grids.create(wish(alice, y="5"))
    with pytest.raises(NotFound):
        grids.again(alice.actor, grid.pk, 99)
    with pytest.raises(NotFound):
        sheets.one(alice.actor, "not-an-id")
