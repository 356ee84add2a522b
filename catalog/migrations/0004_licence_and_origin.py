from __future__ import annotations

from django.db import migrations, models

ENTRIES = ("checkpoint", "lora", "vae", "embedding", "controlnet", "upscaler", "style")


def _fields(name: str) -> list[migrations.AddField]:
    licence = models.CharField(blank=True, max_length=255, verbose_name="licence")
    origin = models.URLField(
        blank=True,
        help_text="A page about it.",
        max_length=1000,
        verbose_name="where it comes from",
    )
    return [
        migrations.AddField(name, "licence", licence),
        migrations.AddField(name, "origin_url", origin),
    ]


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_styles")]

    operations = [operation for name in ENTRIES for operation in _fields(name)]
