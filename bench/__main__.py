"""``make bench``: everything in one run of about two minutes, on the loopback alone."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
from importlib.util import find_spec
from typing import Any

from bench.house import Installation

TENANTS = 50
STREAMS = 50
SUBMITS = 60


def main() -> None:
    begin, house = time.monotonic(), Installation()
    load = os.getloadavg()[0]
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"load average before: {load:.1f} (absolute figures move with it; the ratios less)")
    try:
        first = house.start()
        house.stop()
        second = house.start()
        print(f"start to ready: first {first:.1f} s, second {second:.1f} s", flush=True)
        _measure(house)
    finally:
        house.remove()
    print(f"\nthe whole run: {time.monotonic() - begin:.0f} s")


def _measure(house: Installation) -> None:
    import django

    django.setup()
    from bench import measures, people

    callers = [people.caller(f"bench-{number}") for number in range(TENANTS)]
    one = callers[:1]
    with measures.gpu() as server:
        time.sleep(2)  # one second is the longest that the fleet takes to see a new backend
        took = measures.commit_to_call(server, one[0], SUBMITS)
        cut = statistics.quantiles(took, n=100)
        print(f"commit → backend called: p50 {cut[49]:.1f} ms, p97 {cut[96]:.1f} ms (n={SUBMITS})")
        tasks = measures.finished_tasks(callers)
        measures.drain()  # what is submitted from here on waits: no GPU is measured
        for some in (one, callers):
            _table(f"submit, {len(some)} tenants", measures.submit_rates(house.port, some))
            found = measures.poll_rates(house.port, some, tasks[: len(some)])
            _table(f"poll of a finished task, {len(some)} tenants", found)
    alone, beside = measures.page_times(house.port, one[0], STREAMS)
    print(
        f"\nstudio page: {alone:.1f} ms; while {STREAMS} clients wait on streams: {beside:.1f} ms"
    )
    _interactions(house)
    for side, seconds in measures.sketch_seconds((512, 1024)).items():
        print(f"sketch {side}²: {seconds:.2f} s (median of 10)", flush=True)
    if find_spec("diffusers"):  # installed by `make engine`
        # In a process of its own: torch takes 0.5 GB and warns of what is not there.
        subprocess.run([sys.executable, "-m", "bench.engine"], check=True)


def _interactions(house: Installation) -> None:
    from bench.interactions import waits

    print("\nstudio, from a key or a click to the next frame (16 ms or less is not told):")
    for name, found in waits(f"http://127.0.0.1:{house.port}", house.home).items():
        line = f"worst {found.worst:.0f} ms, p75 {found.p75:.0f} ms of {found.interactions}"
        print(f"  {name}: {line}; change to new price {found.price:.0f} ms", flush=True)


def _table(title: str, found: dict[str, Any]) -> None:
    print(f"\n{title}: 16 connections, medians of 3 rounds of 2 s")
    print(f"{'':22}{'req/s':>8}{'p50 ms':>9}{'p97 ms':>9}{'Easel is':>10}")
    names = {"easel": "Easel (saas)", "plain": "plain Django view", "drf": "DRF default view"}
    for who, name in names.items():
        row = found[who]
        ratio = "" if who == "easel" else f"{found['easel']['rate'] / row['rate']:.2f} x"
        figures = f"{row['rate']:8.0f}{row['p50']:9.1f}{row['p97']:9.1f}"
        print(f"{name:22}{figures}{ratio:>10}", flush=True)


if __name__ == "__main__":
    main()
