"""The catalog in Django's admin.

What a person sets here holds against the backends: an entry whose ``online`` was set by hand no
longer follows them. Every change is seen in this process at once, in others within seconds.
"""

from __future__ import annotations

from catalog.admin import entries, loras, rules

__all__ = ["entries", "loras", "rules"]
