"""Ties a process to its parent's life, then becomes the program it was asked to be.

    python -S config/bind.py PROGRAM ARGUMENT…

``PR_SET_PDEATHSIG`` is the kernel's promise: when the parent dies, however it dies, this process
is killed too. Without it, kill -9 of a supervisor leaves orphans that go on taking work. Only the
standard library, no site-packages: it runs before each program of the house and costs 20 ms.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent(parent: int) -> None:
    """From now on the death of ``parent`` (the caller's ``os.getppid()``) kills this process.

    The kernel forgets the wish at setuid, so it is made after it. A parent that died before the
    wish was made is noticed by comparing pids. Kept over ``exec``, lost over ``fork``.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:
        os._exit(1)


def bind_forks() -> None:
    """Every later ``os.fork`` (multiprocessing's too) of this process and of its children is
    tied to the process that forked."""
    me = os.getpid()

    def bind() -> None:
        nonlocal me
        parent, me = me, os.getpid()
        die_with_parent(parent)

    os.register_at_fork(after_in_child=bind)


def main(arguments: list[str]) -> None:
    if not arguments:
        raise SystemExit("usage: bind.py PROGRAM ARGUMENT…")
    die_with_parent(os.getppid())
    os.execvp(arguments[0], arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
