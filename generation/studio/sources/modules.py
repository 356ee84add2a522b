"""ControlNet's preprocessors as a person reads them: what one draws, and which limits it has.

Names and ranges are sd-webui-controlnet's. A preprocessor that is not here keeps its own name and
has no slider: it works at its own limits.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Limit:
    label: str | Promise
    default: float
    low: float
    high: float
    step: float = 1


@dataclass(frozen=True)
class Module:
    title: str | Promise
    limits: tuple[Limit, ...] = ()


_LOW, _HIGH = Limit(_("Weak edges from"), 100, 1, 255), Limit(_("Strong edges from"), 200, 1, 255)
MODULES: dict[str, Module] = {
    "none": Module(_("As it is")),
    "canny": Module(_("Edges"), (_LOW, _HIGH)),
    "scribble_xdog": Module(_("Scribble"), (Limit(_("Fewer strokes"), 32, 1, 64),)),
    "scribble_hed": Module(_("Scribble, soft")),
    "scribble_pidinet": Module(_("Scribble, clean")),
    "lineart_standard": Module(
        _("Line art"),
        (Limit(_("Width"), 6, 0.5, 32, 0.5), Limit(_("Contrast from"), 8, 0, 64)),
    ),
    "lineart_realistic": Module(_("Line art, of a photograph")),
    "lineart_anime": Module(_("Line art, of a drawing")),
    "mlsd": Module(
        _("Straight lines"),
        (
            Limit(_("Contrast from"), 0.1, 0.01, 2, 0.01),
            Limit(_("Distance"), 0.1, 0.01, 20, 0.01),
        ),
    ),
    "openpose": Module(_("Pose")),
    "openpose_full": Module(_("Pose, with face and hands")),
    "dw_openpose_full": Module(_("Pose, with face and hands (DW)")),
    "depth_midas": Module(_("Depth")),
    "depth_zoe": Module(_("Depth (ZoE)")),
    "depth_anything": Module(_("Depth (Depth Anything)")),
    "normal_bae": Module(_("Surfaces")),
    "seg_ufade20k": Module(_("Regions")),
    "softedge_hed": Module(_("Soft edges")),
    "softedge_pidinet": Module(_("Soft edges, clean")),
    "tile_resample": Module(_("Details kept")),
    "shuffle": Module(_("Colours shuffled")),
    "inpaint_global_harmonious": Module(_("Masked part filled in")),
    "invert": Module(_("Light and dark exchanged")),
    "threshold": Module(_("Black and white"), (Limit(_("White from"), 127, 0, 255),)),
    "blur_gaussian": Module(_("Blurred"), (Limit(_("Radius"), 9, 0.01, 64, 0.01),)),
}


def module(name: str) -> Module:
    return MODULES.get(name, Module(name))
