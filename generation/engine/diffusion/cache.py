"""The checkpoints in memory: least recently used ones leave when the budget is reached.

Any thread may ask; a checkpoint that two ask for is loaded once. What `get` returned last is in
use and is dropped by the next `get` only, never by a prefetch.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import torch

from generation.engine.diffusion import memory
from generation.engine.diffusion.checks import BadWeights
from generation.engine.diffusion.loading import Loaded
from generation.engine.diffusion.shelf import Item
from generation.engine.painter import OutOfMemory

log = logging.getLogger(__name__)

Key = tuple[str, str]
Loader = Callable[[Item], Loaded]


class ModelCache:
    """`loader` loads into RAM; `device` is where `get` brings a checkpoint; `ready` is told of
    each that `get` has brought there, and may take its time with one that it has not seen.

    The budget bounds what the cache keeps, in bytes of weights; a single checkpoint that is larger
    is kept alone, because nothing could be painted otherwise.
    """

    def __init__(
        self,
        budget_bytes: int,
        loader: Loader,
        device: torch.device | str = "cpu",
        ready: Callable[[Loaded], None] | None = None,
    ) -> None:
        self.budget_bytes = budget_bytes
        self.device = torch.device(device)
        self._loader = loader
        self._ready = ready
        self._entries: OrderedDict[Key, Loaded] = OrderedDict()
        self._sizes: dict[Key, int] = {}
        self._loading: dict[Key, Future[Loaded]] = {}
        self._in_use: Key | None = None
        self._freed = 0
        self._lock = threading.RLock()
        self._background = ThreadPoolExecutor(1, thread_name_prefix="prefetch")

    @property
    def bytes(self) -> int:
        """What the cached weights take."""
        with self._lock:
            return sum(self._sizes.values())

    def __contains__(self, item: Item) -> bool:
        with self._lock:
            return _key(item) in self._entries

    def get(self, item: Item) -> Loaded:
        """The checkpoint on the device. Raises BadWeights, and OutOfMemory where it does not fit
        even alone.
        """
        try:
            return self._get(item)
        except (torch.OutOfMemoryError, MemoryError):
            log.warning("%s: out of memory; every other checkpoint is dropped", item.name)
        self.free()
        try:
            return self._get(item)
        except (torch.OutOfMemoryError, MemoryError) as error:
            self.free()
            raise OutOfMemory(f"{item.name} does not fit into memory") from error

    def _get(self, item: Item) -> Loaded:
        key = _key(item)
        with self._lock:
            self._in_use = key
        loaded = self._loaded(item)
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
            if loaded.device != self.device:
                self._make_way(loaded)
                memory.wake(loaded, self.device)
        if self._ready:
            self._ready(loaded)
        return loaded

    def prefetch(self, item: Item) -> None:
        """Loads in the background what will be asked for soon, if it fits beside the checkpoint in
        use. Returns at once; a failure is logged, and raised by `get` if it comes to that.
        """
        with self._lock:
            if _key(item) in self._entries or _key(item) in self._loading:
                return
            in_use = self._sizes.get(self._in_use, 0) if self._in_use else 0
            freed = self._freed
        if in_use + weight_bytes(item.path) <= self.budget_bytes:
            self._background.submit(self._prefetch, item, freed)

    def _prefetch(self, item: Item, freed: int) -> None:
        try:
            # Asked for before everything was freed: the memory is wanted for something else now.
            if freed == self._freed:
                self._loaded(item)
        except (BadWeights, MemoryError, OSError) as error:
            log.warning("not prefetched: %s", error)

    def free(self, *, thoroughly: bool = True) -> None:
        """Drops every checkpoint, and what is being loaded in the background as soon as it is."""
        with self._lock:
            self._freed += 1
            for loaded in self._entries.values():
                memory.park(loaded)
            self._entries.clear()
            self._sizes.clear()
            self._in_use = None
        memory.give_back(thoroughly=thoroughly)

    def close(self) -> None:
        """Ends the background thread and drops everything."""
        self._background.shutdown(cancel_futures=True)
        self.free(thoroughly=False)

    def _loaded(self, item: Item) -> Loaded:
        """From the cache, from a load that is under way, or from the file."""
        key = _key(item)
        with self._lock:
            if key in self._entries:
                return self._entries[key]
            under_way = self._loading.get(key)
            mine: Future[Loaded] = Future()
            freed = self._freed
            if under_way is None:
                self._loading[key] = mine
        if under_way is not None:
            return under_way.result()
        try:
            self._evict(weight_bytes(item.path), keep=key)
            loaded = self._loader(item)
            self._keep(key, loaded, freed)
        except BaseException as error:
            mine.set_exception(error)
            raise
        else:
            mine.set_result(loaded)
        finally:
            with self._lock:
                del self._loading[key]
        return loaded

    def _keep(self, key: Key, loaded: Loaded, freed: int) -> None:
        if self.device.type == "cuda":
            memory.pin(loaded)
        size = loaded.bytes
        with self._lock:
            if freed != self._freed and key != self._in_use:
                return  # the memory was wanted for something else meanwhile
            self._evict(size, keep=key)
            self._entries[key], self._sizes[key] = loaded, size

    def _evict(self, size: int, keep: Key) -> None:
        """Drops the least recently used until `size` bytes fit; never what is in use."""
        dropped = False
        with self._lock:
            for key in list(self._entries):
                if sum(self._sizes.values()) + size <= self.budget_bytes:
                    break
                if key not in (keep, self._in_use):
                    memory.park(self._entries.pop(key))
                    del self._sizes[key]
                    dropped = True
        if dropped:
            memory.give_back(thoroughly=False)

    def _make_way(self, loaded: Loaded) -> None:
        """Parks what lies on the device, oldest first, until `loaded` fits beside it."""
        for other in self._entries.values():
            if memory.choose_offload(loaded, memory.free_bytes(self.device)).value == "none":
                break
            if other is not loaded and other.device == self.device:
                memory.park(other)
                memory.give_back(thoroughly=False)


def _key(item: Item) -> Key:
    return item.sha256, str(item.path)


def weight_bytes(path: Path) -> int:
    """What a file, or the weights in a folder, take on the disk; about what they take in memory."""
    if not path.is_dir():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*.safetensors"))
