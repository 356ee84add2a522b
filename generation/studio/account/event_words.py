"""What webhooks hear of, and why one was switched off, in words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from generation.webhooks import BY_HAND, TEST_EVENT

EVENTS = {
    "task.done": gettext_lazy("A task is done"),
    "task.failed": gettext_lazy("A task failed"),
    "task.cancelled": gettext_lazy("A task was cancelled"),
    "image.released": gettext_lazy("An operator allowed a picture"),
    "image.blocked": gettext_lazy("An operator blocked a picture"),
    TEST_EVENT: gettext_lazy("Test"),
}
# Words of callbacks.standard.why_disable and of the admin.
_SIMPLE = {
    BY_HAND: gettext_lazy("Somebody switched it off."),
    "switched off by an operator": gettext_lazy("An operator of this installation did it."),
    "the receiver answered 410 Gone": gettext_lazy(
        "The receiver answered 410 Gone: it wants no more events."
    ),
}
_DAYS = re.compile(r"no success for (\d+) days")
_IN_A_ROW = re.compile(r"(\d+) requests in a row failed")


@dataclass(frozen=True)
class Why:
    """``last``: the receiver's last fault, as it was noted; "" where it has none."""

    sentence: str
    last: str
    by_itself: bool


def event(name: str) -> str:
    return str(EVENTS.get(name, name))


def why_disabled(reason: str) -> Why:
    words, _mark, last = reason.partition("; last: ")
    if words in _SIMPLE:
        return Why(str(_SIMPLE[words]), last, by_itself="410" in words)
    if found := _DAYS.match(words):
        days = int(found[1])
        text = ngettext("Nothing arrived for %(days)d day.", "Nothing arrived for %(days)d days.",
                        days)  # fmt: skip
        return Why(text % {"days": days}, last, by_itself=True)
    if found := _IN_A_ROW.match(words):
        text = _("%(count)s requests in a row failed.")
        return Why(text % {"count": found[1]}, last, by_itself=True)
    return Why(words, last, by_itself=bool(last))
