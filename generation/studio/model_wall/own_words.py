"""The descriptions of the embedded painter, which come by way of the catalog, in the reader's
language. Whatever else a description says is shown as it stands."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop("Draws scenes from illustrations by rules on a CPU; it is not a neural network."),
    gettext_noop("Soft clay figures in soft light."),
    gettext_noop("Plain shapes in plain colours."),
    gettext_noop("Wet washes that pool at their edges, on rough paper."),
    gettext_noop("Black ink in five tones on rice paper, after Chinese ink painting."),
    gettext_noop("Large pixels from a palette of 32."),
    gettext_noop("A screen print in few inks, like an old travel poster."),
    gettext_noop("Low warm light from one side."),
    gettext_noop("Soft powdered colours."),
    gettext_noop("Black and white with hard light."),
    gettext_noop("Dark, with edges that glow magenta and cyan."),
    gettext_noop("Faded, warm, grainy, with a leak of light."),
    gettext_noop("Golden contours and flakes."),
    gettext_noop("Snow on upper edges and in the air."),
    gettext_noop("Large soft lights in front."),
)


def described(text: str) -> str:
    for sentence in SENTENCES:
        text = text.replace(sentence, _(sentence))
    return text.replace("。 ", "。")  # Chinese sentences follow each other without a blank
