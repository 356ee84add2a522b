"""The cache of checkpoints: its budget, what leaves first, prefetching, and that nothing leaks."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from generation.engine.diffusion import memory
from generation.engine.diffusion.cache import ModelCache
from generation.engine.diffusion.checks import BadWeights
from generation.engine.diffusion.families import Family, Kind
from generation.engine.diffusion.loading import Loaded, load
from generation.engine.diffusion.memory import Offload, choose_offload
from generation.engine.diffusion.shelf import Item, Shelf
from generation.engine.painter import OutOfMemory

MIB = 2**20


def item(folder: Path, name: str) -> Item:
    path = folder / name
    if not path.exists():
        path.write_bytes(b"\0" * MIB)
    return Item(name, path, name, Family.SD1, Kind.CHECKPOINT)


def a_mebibyte(of: Item) -> Loaded:
    unet = torch.nn.Linear(512, 512, bias=False)
    return Loaded(Family.SD1, of, unet, None, [], [], {})


class Counting:
    """A loader that remembers what it was asked for, and can be held."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.go = threading.Event()
        self.go.set()

    def __call__(self, of: Item) -> Loaded:
        self.asked.append(of.name)
        assert self.go.wait(10)
        return a_mebibyte(of)


@pytest.fixture
def loader() -> Counting:
    return Counting()


@pytest.fixture
def cache(loader: Counting) -> Iterator[ModelCache]:
    cache = ModelCache(3 * MIB, loader)
    yield cache
    loader.go.set()
    cache.close()


def eventually(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not true():
        assert time.monotonic() < until
        time.sleep(0.005)


def test_a_second_get_loads_nothing(cache: ModelCache, loader: Counting, tmp_path: Path) -> None:
    one = item(tmp_path, "one")
    assert cache.get(one) is cache.get(one)
    assert loader.asked == ["one"]


def test_whoever_makes_ready_is_told_of_what_is_brought_only(
    loader: Counting, tmp_path: Path
) -> None:
    told: list[str] = []
    cache = ModelCache(3 * MIB, loader, ready=lambda loaded: told.append(loaded.item.name))
    one, two = item(tmp_path, "one"), item(tmp_path, "two")
    cache.get(one)
    cache.prefetch(two)
    eventually(lambda: two in cache)
    assert told == ["one"]
    cache.close()


def test_the_budget_holds_and_the_oldest_leaves(cache: ModelCache, tmp_path: Path) -> None:
    a, b, c, d = (item(tmp_path, name) for name in "abcd")
    for each in (a, b, c, a, d):
        cache.get(each)
        assert cache.bytes <= cache.budget_bytes
    assert [each in cache for each in (a, b, c, d)] == [True, False, True, True]


def test_one_that_is_larger_than_the_budget_is_kept_alone(loader: Counting, tmp_path: Path) -> None:
    cache = ModelCache(MIB // 2, loader)
    a, b = item(tmp_path, "a"), item(tmp_path, "b")
    cache.get(a)
    cache.get(b)
    assert (a in cache, b in cache, cache.bytes) == (False, True, MIB)
    cache.close()


def test_prefetching_does_not_make_its_caller_wait(
    cache: ModelCache, loader: Counting, tmp_path: Path
) -> None:
    loader.go.clear()
    one = item(tmp_path, "one")
    cache.prefetch(one)
    assert one not in cache
    loader.go.set()
    eventually(lambda: one in cache)
    cache.get(one)
    assert loader.asked == ["one"]


def test_what_is_being_prefetched_is_not_loaded_twice(
    cache: ModelCache, loader: Counting, tmp_path: Path
) -> None:
    loader.go.clear()
    one = item(tmp_path, "one")
    cache.prefetch(one)
    eventually(lambda: loader.asked == ["one"])
    found: list[Loaded] = []
    asking = [threading.Thread(target=lambda: found.append(cache.get(one))) for _ in range(4)]
    for thread in asking:
        thread.start()
    loader.go.set()
    for thread in asking:
        thread.join(10)
    assert len(found) == 4 and all(each is found[0] for each in found)
    assert loader.asked == ["one"]


def test_a_prefetch_never_drops_what_is_in_use(loader: Counting, tmp_path: Path) -> None:
    cache = ModelCache(2 * MIB, loader)
    a, b, c = (item(tmp_path, name) for name in "abc")
    cache.get(a)
    cache.prefetch(b)
    eventually(lambda: b in cache)
    cache.prefetch(c)
    eventually(lambda: c in cache)
    assert [each in cache for each in (a, b, c)] == [True, False, True]
    cache.close()


def test_a_prefetch_that_does_not_fit_is_left_out(loader: Counting, tmp_path: Path) -> None:
    cache = ModelCache(3 * MIB // 2, loader)
    cache.get(item(tmp_path, "a"))
    cache.prefetch(item(tmp_path, "b"))
    cache.close()  # waits for what is in the background
    assert loader.asked == ["a"]


def test_free_drops_everything(cache: ModelCache, tmp_path: Path) -> None:
    one = item(tmp_path, "one")
    cache.get(one)
    cache.free()
    assert (one in cache, cache.bytes) == (False, 0)


def test_what_is_being_prefetched_is_let_go_too(
    cache: ModelCache, loader: Counting, tmp_path: Path
) -> None:
    loader.go.clear()
    one = item(tmp_path, "one")
    cache.prefetch(one)
    eventually(lambda: loader.asked == ["one"])
    cache.free()
    loader.go.set()
    cache.close()
    assert (one in cache, cache.bytes) == (False, 0)
    assert loader.asked == ["one"]


def test_what_waits_to_be_prefetched_is_let_go_too(
    cache: ModelCache, loader: Counting, tmp_path: Path
) -> None:
    """Not only what is being loaded: under load the background begins late."""
    loader.go.clear()
    cache.prefetch(item(tmp_path, "one"))
    eventually(lambda: loader.asked == ["one"])
    cache.prefetch(item(tmp_path, "two"))
    cache.free()
    after = item(tmp_path, "after")
    cache.prefetch(after)
    loader.go.set()
    eventually(lambda: after in cache)
    assert (loader.asked, cache.bytes) == (["one", "after"], MIB)


def test_out_of_memory_frees_the_others_and_tries_again(tmp_path: Path) -> None:
    full = [True]

    def once(of: Item) -> Loaded:
        if of.name == "b" and full:
            full.clear()
            raise torch.OutOfMemoryError("no room")
        return a_mebibyte(of)

    cache = ModelCache(8 * MIB, once)
    a, b = item(tmp_path, "a"), item(tmp_path, "b")
    cache.get(a)
    assert cache.get(b).item == b
    assert a not in cache
    cache.close()


def test_what_does_not_fit_even_alone_is_named(tmp_path: Path) -> None:
    def never(of: Item) -> Loaded:
        raise MemoryError

    cache = ModelCache(8 * MIB, never)
    with pytest.raises(OutOfMemory, match="^big does not fit into memory"):
        cache.get(item(tmp_path, "big"))
    cache.close()


def test_a_bad_file_is_refused_and_the_next_is_served(tmp_path: Path) -> None:
    def picky(of: Item) -> Loaded:
        if of.name == "bad":
            raise BadWeights(of.path, "truncated")
        return a_mebibyte(of)

    cache = ModelCache(8 * MIB, picky)
    for _ in range(2):
        with pytest.raises(BadWeights, match="^bad: truncated"):
            cache.get(item(tmp_path, "bad"))
    assert cache.get(item(tmp_path, "good")).item.name == "good"
    cache.close()


def resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def test_switches_leave_memory_flat(tiny_models: Path) -> None:
    shelf = Shelf(tiny_models)
    shelf.scan()
    names = ("tiny-sd1.safetensors", "tiny-sd2.safetensors")
    items = [shelf.find(Kind.CHECKPOINT, name) for name in names]
    cache = ModelCache(12 * MIB, load)  # each takes 11: room for one at a time
    for each in items * 2:
        cache.get(each)
    gc.collect()
    before = resident()
    for each in items * 6:
        cache.get(each)
    gc.collect()
    assert resident() - before < 30 * MIB  # twelve leaked ones would be 130
    cache.close()


def test_what_waits_in_ram_by_the_room_there_is(tiny_models: Path) -> None:
    shelf = Shelf(tiny_models)
    shelf.scan()
    loaded = load(shelf.find(Kind.CHECKPOINT, "tiny-sd1"))
    whole = loaded.bytes
    largest = max(memory.total_bytes([module]) for module in loaded.modules())
    assert choose_offload(loaded, whole, reserve=0) is Offload.NONE
    assert choose_offload(loaded, whole - 1, reserve=0) is Offload.MODELS
    assert choose_offload(loaded, largest - 1, reserve=0) is Offload.LAYERS


@pytest.mark.parametrize("offload", list(Offload))
def test_a_checkpoint_computes_the_same_however_it_is_brought(
    tiny_models: Path, offload: Offload
) -> None:
    shelf = Shelf(tiny_models)
    shelf.scan()
    loaded = load(shelf.find(Kind.CHECKPOINT, "tiny-sd1"))
    latents = torch.randn((1, 4, 8, 8), generator=torch.Generator().manual_seed(1))
    before = painted(loaded, latents)
    weights = loaded.unet.conv_in.weight.clone()
    memory.bring(loaded, torch.device("cpu"), offload)
    assert torch.equal(painted(loaded, latents), before)
    if offload is Offload.NONE:
        loaded.unet.conv_in.weight.zero_()  # what happens on the device stays there
    memory.park(loaded)
    assert torch.equal(loaded.unet.conv_in.weight, weights)
    assert torch.equal(painted(loaded, latents), before)
    assert (loaded.offload, loaded.masters) == (Offload.NONE, [])


@torch.no_grad()
def painted(loaded: Loaded, latents: torch.Tensor) -> torch.Tensor:
    ids = torch.tensor([[49406, 320, 1125, 49407]])
    text = loaded.text_encoders[0](ids).last_hidden_state
    noise = loaded.unet(latents, torch.tensor(500), encoder_hidden_states=text).sample
    picture: torch.Tensor = loaded.vae.decode(noise).sample
    return picture


def test_free_memory_is_below_the_containers_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    unlimited = memory.free_bytes("cpu")
    assert 0 < unlimited < 2**50
    (tmp_path / "memory.max").write_text(str(100 * MIB))
    (tmp_path / "memory.current").write_text(str(60 * MIB))
    assert memory.free_bytes("cpu") == 40 * MIB
