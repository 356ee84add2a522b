"""kill -9 of anything below the supervisor, while pictures are made: every task ends with its
picture, billed once, and the house is whole again by itself."""

from __future__ import annotations

from collections.abc import Iterator

import psutil
import pytest

from tests.config.running import House, alive, running, until

pytestmark = pytest.mark.timeout(400)
WHOLE_SECONDS = 30.0  # alone it takes less than ten; another test may hold a core
DONE_SECONDS = 60.0
PROGRAMS = {  # how many processes it has below it
    "postgres": 4,
    "engine": 0,
    "audit": 0,
    "reaper": 0,
    "front": 2,
    "fleet": 0,
    "generation-0": 7,  # sentinel, four workers, monitor, pusher
    "delivery-0": 5,
}


@pytest.fixture(scope="module")
def one_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("house") / "home") as found:
        yield found


@pytest.fixture
def house(one_house: House) -> House:
    """It runs, also after a test that ended it."""
    if not one_house.is_running():
        one_house.start()
    return one_house


def kill_during_a_task(house: House, victim: psutil.Process, name: str) -> None:
    tree = [victim, *victim.children(recursive=True)]
    first = house.submit()
    until(lambda: house.state(first) == "running", 20, "the task's start")
    victim.kill()
    whole = lambda: house.has(name, PROGRAMS[name]) and house.is_ready()  # noqa: E731
    until(lambda: victim not in alive([victim]), 2, "its death")
    until(whole, WHOLE_SECONDS, f"{name} is whole")
    if name != "postgres":  # its children may finish their own shutdown
        is_top = victim.pid == tree[0].pid and len(tree) > 1
        assert not is_top or not alive(tree), "orphans"
    second = house.submit(steps=4)
    for task in (first, second):
        until(lambda task=task: house.state(task) == "done", DONE_SECONDS, "the picture")
        shown = house.task(task)
        assert len(shown["outputs"]) == 1
        assert shown["spent"] == shown["price"]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_killed_program_is_back(house: House, name: str) -> None:
    kill_during_a_task(house, house.program(name), name)


@pytest.mark.parametrize("number", range(7))
def test_a_killed_process_of_a_cluster_is_back(house: House, number: int) -> None:
    name = "generation-0"
    victim = sorted(house.program(name).children(recursive=True), key=lambda p: p.pid)[number]
    kill_during_a_task(house, victim, name)


@pytest.mark.parametrize("which", ["one", "other"])
def test_a_killed_web_worker_is_back(house: House, which: str) -> None:
    """The older one each time: granian takes it for a loop where one dies twice within 5.5 s."""
    victim = min(house.program("front").children(), key=lambda worker: worker.create_time())
    kill_during_a_task(house, victim, "front")


def test_a_killed_supervisor_leaves_nobody_and_the_next_start_goes_on(house: House) -> None:
    task = house.submit()
    everybody = house.processes()
    house.supervisor.kill()
    assert house.process is not None
    house.process.wait(5)
    until(lambda: not alive(everybody), 5, "everybody's death")
    house.start()
    until(lambda: house.state(task) == "done", DONE_SECONDS, "the picture")


def test_ctrl_c_ends_everybody_soon(house: House) -> None:
    everybody = house.processes()
    assert house.stop() < 10
    assert not alive(everybody)


def test_a_second_start_in_the_same_home_is_refused(house: House) -> None:
    again = house.run_manage("serve", "--port", str(house.port + 1))
    assert again.returncode != 0
    assert "runs already" in again.stderr
    assert house.is_ready()
