"""The light of a scene by time and weather: sky, haze, the tint of things, shadows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .raster import Colour, mix, rgb


@dataclass(frozen=True)
class Light:
    """Colours and strengths that everything in one picture shares."""

    sky: tuple[Colour, ...]
    """From the zenith to the horizon."""
    haze: Colour
    """What distance fades into."""
    tint: tuple[float, float, float]
    """What the light does to a thing's red, green, blue."""
    shadow: float
    """Darkness of contact shadows, 0 … 1."""
    dark: bool = False
    """Lamps are lit."""
    sun: str = ""
    """"sun", "moon" or nothing in the sky."""


def _light(
    sky: str, haze: str, tint: tuple[float, float, float], shadow: float, **more: object
) -> Light:
    colours = tuple(rgb(code) for code in sky.split())
    return replace(Light(colours, rgb(haze), tint, shadow), **more)  # type: ignore[arg-type]


TIMES: dict[str, Light] = {
    "day": _light("#4d9ff0 #86c5f8 #c3e4fb #eaf5fb", "#d9ecf6", (1.0, 1.0, 1.0), 0.42, sun="sun"),
    "dawn": _light(
        "#6a97e4 #a8bdee #eac8da #ffe2c4", "#eed6d6", (1.0, 0.96, 0.93), 0.34, sun="sun"
    ),
    "sunset": _light(
        "#4a3f8c #a1508f #ee7464 #ffb168 #ffe09b", "#f7a878", (1.0, 0.9, 0.82), 0.42, sun="sun"
    ),
    "dusk": _light(
        "#1f2a63 #4a4590 #9c5f9f #e58b93 #f8bf95", "#a9759f", (0.9, 0.83, 0.93), 0.4, dark=True
    ),
    "night": _light(
        "#0a0f33 #151c50 #262d70 #40428a", "#2c3173", (0.8, 0.8, 0.97), 0.45, dark=True, sun="moon"
    ),
}


def _grey(light: Light, share: float, veil: Colour, dim: float) -> Light:
    sky = tuple(mix(colour, veil, share) for colour in light.sky)
    r, g, b = light.tint
    return replace(
        light,
        sky=sky,
        haze=mix(light.haze, veil, share),
        tint=(r * dim, g * dim, b * (dim + 0.02)),
        shadow=light.shadow * 0.7,
        sun="",
    )


def light_for(time: str, weather: Sequence[str]) -> Light:
    """The light at a time of day (empty: day) under the weather."""
    light = TIMES[time or "day"]
    if "aurora" in weather:
        return light
    if "storm" in weather:
        return _grey(light, 0.78, rgb("#3b4560"), 0.74)
    if "rain" in weather:
        return _grey(light, 0.62, rgb("#75859c"), 0.86)
    if "fog" in weather:
        return _grey(light, 0.6, rgb("#c9d0d6"), 0.95)
    if "snowing" in weather:
        return _grey(light, 0.5, rgb("#aebdd0"), 0.96)
    if "cloudy" in weather:
        return _grey(light, 0.5, rgb("#aab8c6"), 0.94)
    return light
