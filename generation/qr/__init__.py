"""QR codes in pictures: made (``code``), drawn plain (``plain``), read again (``reading``).

Pure: no Django, no network. ``styles`` says how each style looks where the caller says nothing.
"""

from __future__ import annotations
