"""A style's words in a prompt, as WebUI writes them. Pure."""

from __future__ import annotations


def styled(text: str, style: str) -> str:
    """At the style's ``{prompt}``, or behind the text."""
    if "{prompt}" in style:
        return style.replace("{prompt}", text)
    return ", ".join(part for part in (text.strip(), style.strip()) if part)
