"""Makes sure that the tests have a Chromium, and the curl that the examples of the docs call:
Debian's, installed where we may."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

# The shell has no window, and takes a quarter less of the processor than a whole Chromium.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PACKAGES = ("chromium-headless-shell", "fonts-noto-cjk")


def executable() -> str | None:
    """The path of the first that is installed."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def missing() -> list[str]:
    """The packages that the tests lack."""
    found = [] if executable() else [*PACKAGES]
    return found if shutil.which("curl") else [*found, "curl"]


def main() -> int:
    packages = missing()
    if not packages:
        return 0
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        print(f"The tests need more of the system. Install: {' '.join(packages)}", file=sys.stderr)
        return 1
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", *packages]):
        done = subprocess.run(["apt-get", *command], env=quiet, stdout=subprocess.DEVNULL)
        if done.returncode != 0:
            print(f"apt-get could not install {' '.join(packages)}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
