"""Pictures that go into a picture: what it starts from, its mask, ControlNet's units."""

from __future__ import annotations

from generation.studio.sources.again import again, of_request
from generation.studio.sources.form import SourceFields
from generation.studio.sources.keeping import submit
from generation.studio.sources.plainly import with_files

__all__ = ["SourceFields", "again", "of_request", "submit", "with_files"]
