"""Everything of the catalog at once, with the names that the published examples use, the styles that
qrapi names and the first price rules."""

from __future__ import annotations

from typing import Any

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.db import migrations, models

from catalog import examples


def install(apps: Any, schema_editor: Any) -> None:
    examples.install(apps)


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("catalog", "0001_initial"),
        ("catalog", "0002_examples"),
        ("catalog", "0003_styles"),
        ("catalog", "0004_licence_and_origin"),
        ("catalog", "0005_lora_file"),
        ("catalog", "0006_openai_names"),
    ]
    dependencies = [
        ("accounts", "0001_squashed_0012"),
    ]

    operations = [
        migrations.CreateModel(
            name="Alias",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: everyone may use it. Otherwise it is private to this tenant.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.tenant",
                        verbose_name="tenant",
                    ),
                ),
                (
                    "created",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("checkpoint", "checkpoint"),
                            ("lora", "LoRA"),
                            ("vae", "VAE"),
                            ("embedding", "embedding"),
                            ("controlnet", "ControlNet model"),
                            ("upscaler", "upscaler"),
                            ("style", "style"),
                            ("sampler", "sampler"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "dialect",
                    models.CharField(
                        blank=True,
                        help_text="Empty: every dialect.",
                        max_length=16,
                        verbose_name="dialect",
                    ),
                ),
                ("name", models.CharField(max_length=255, verbose_name="name")),
                (
                    "target",
                    models.CharField(
                        blank=True,
                        help_text="Empty: whatever the default is.",
                        max_length=255,
                        verbose_name="target",
                    ),
                ),
            ],
            options={
                "verbose_name": "alias",
                "verbose_name_plural": "aliases",
                "ordering": ["kind", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("tenant"),
                        models.F("kind"),
                        models.F("dialect"),
                        django.db.models.functions.text.Lower("name"),
                        name="catalog_alias_name",
                        nulls_distinct=False,
                        violation_error_message="There is one of this name already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: everyone may use it. Otherwise it is private to this tenant.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.tenant",
                        verbose_name="tenant",
                    ),
                ),
                (
                    "created",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "name",
                    models.CharField(
                        help_text="The file name, as clients send it.",
                        max_length=255,
                        verbose_name="name",
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=255, verbose_name="title")),
                (
                    "base_model",
                    models.CharField(
                        blank=True,
                        help_text="Empty: unknown.",
                        max_length=40,
                        verbose_name="base model",
                    ),
                ),
                (
                    "sha256",
                    models.CharField(
                        blank=True,
                        max_length=64,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[0-9a-fA-F]{64}\\Z", "64 hexadecimal digits."
                            )
                        ],
                        verbose_name="SHA-256",
                    ),
                ),
                ("version", models.CharField(blank=True, max_length=40, verbose_name="version")),
                ("online", models.BooleanField(default=True, verbose_name="online")),
                (
                    "follows_backends",
                    models.BooleanField(
                        default=True,
                        help_text="Off: online stays as it was set by hand.",
                        verbose_name="online follows the backends",
                    ),
                ),
                (
                    "present",
                    models.BooleanField(default=False, editable=False, verbose_name="on a backend"),
                ),
                (
                    "upload_status",
                    models.PositiveSmallIntegerField(
                        choices=[(0, "not uploaded"), (1, "uploading"), (2, "uploaded")],
                        default=0,
                        verbose_name="upload status",
                    ),
                ),
                ("is_adult", models.BooleanField(default=False, verbose_name="adult content")),
                (
                    "cover_url",
                    models.CharField(blank=True, max_length=2000, verbose_name="cover picture"),
                ),
                (
                    "picture_urls",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2000),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="pictures",
                    ),
                ),
                ("description", models.TextField(blank=True, verbose_name="description")),
                (
                    "trigger_words",
                    models.CharField(blank=True, max_length=1000, verbose_name="trigger words"),
                ),
                ("licence", models.CharField(blank=True, max_length=255, verbose_name="licence")),
                (
                    "origin_url",
                    models.URLField(
                        blank=True,
                        help_text="A page about it.",
                        max_length=1000,
                        verbose_name="where it comes from",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("backend", "reported by a backend"),
                            ("admin", "entered by hand"),
                            ("example", "example"),
                        ],
                        default="admin",
                        editable=False,
                        max_length=8,
                        verbose_name="source",
                    ),
                ),
                (
                    "model_type",
                    models.CharField(
                        default="Checkpoint", max_length=40, verbose_name="model type"
                    ),
                ),
                (
                    "default_vae",
                    models.CharField(
                        blank=True,
                        help_text="Empty: the checkpoint's own.",
                        max_length=255,
                        verbose_name="default VAE",
                    ),
                ),
                (
                    "default_width",
                    models.PositiveIntegerField(
                        default=512,
                        validators=[
                            django.core.validators.MinValueValidator(64),
                            django.core.validators.MaxValueValidator(4096),
                        ],
                        verbose_name="default width",
                    ),
                ),
                (
                    "default_height",
                    models.PositiveIntegerField(
                        default=512,
                        validators=[
                            django.core.validators.MinValueValidator(64),
                            django.core.validators.MaxValueValidator(4096),
                        ],
                        verbose_name="default height",
                    ),
                ),
                (
                    "is_default",
                    models.BooleanField(
                        default=False,
                        help_text="What a request that names no checkpoint is given. At most one per tenant.",
                        verbose_name="default checkpoint",
                    ),
                ),
            ],
            options={
                "verbose_name": "checkpoint",
                "verbose_name_plural": "checkpoints",
                "ordering": ["id"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        models.F("tenant"),
                        django.db.models.functions.text.Lower("name"),
                        name="catalog_checkpoint_name",
                        nulls_distinct=False,
                        violation_error_message="There is one of this name already.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)),
                        fields=("tenant",),
                        name="catalog_checkpoint_one_default",
                        nulls_distinct=False,
                        violation_error_message="There is a default checkpoint already.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ControlNet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: everyone may use it. Otherwise it is private to this tenant.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.tenant",
                        verbose_name="tenant",
                    ),
                ),
                (
                    "created",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "name",
                    models.CharField(
                        help_text="The file name, as clients send it.",
                        max_length=255,
                        verbose_name="name",
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=255, verbose_name="title")),
                (
                    "base_model",
                    models.CharField(
                        blank=True,
                        help_text="Empty: unknown.",
                        max_length=40,
                        verbose_name="base model",
                    ),
                ),
                (
                    "sha256",
                    models.CharField(
                        blank=True,
                        max_length=64,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[0-9a-fA-F]{64}\\Z", "64 hexadecimal digits."
                            )
                        ],
                        verbose_name="SHA-256",
                    ),
                ),
                ("version", models.CharField(blank=True, max_length=40, verbose_name="version")),
                ("online", models.BooleanField(default=True, verbose_name="online")),
                (
                    "follows_backends",
                    models.BooleanField(
                        default=True,
                        help_text="Off: online stays as it was set by hand.",
                        verbose_name="online follows the backends",
                    ),
                ),
                (
                    "present",
                    models.BooleanField(default=False, editable=False, verbose_name="on a backend"),
                ),
                (
                    "upload_status",
                    models.PositiveSmallIntegerField(
                        choices=[(0, "not uploaded"), (1, "uploading"), (2, "uploaded")],
                        default=0,
                        verbose_name="upload status",
                    ),
                ),
                ("is_adult", models.BooleanField(default=False, verbose_name="adult content")),
                (
                    "cover_url",
                    models.CharField(blank=True, max_length=2000, verbose_name="cover picture"),
                ),
                (
                    "picture_urls",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2000),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="pictures",
                    ),
                ),
                ("description", models.TextField(blank=True, verbose_name="description")),
                (
                    "trigger_words",
                    models.CharField(blank=True, max_length=1000, verbose_name="trigger words"),
                ),
                ("licence", models.CharField(blank=True, max_length=255, verbose_name="licence")),
                (
                    "origin_url",
                    models.URLField(
                        blank=True,
                        help_text="A page about it.",
                        max_length=1000,
                        verbose_name="where it comes from",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("backend", "reported by a backend"),
                            ("admin", "entered by hand"),
                            ("example", "example"),
                        ],
                        default="admin",
                        editable=False,
                        max_length=8,
                        verbose_name="source",
                    ),
                ),
                (
                    "module",
                    models.CharField(
                        blank=True,
                        help_text="The preprocessor that belongs to it.",
                        max_length=80,
                        verbose_name="preprocessor",
                    ),
                ),
            ],
            options={
                "verbose_name": "ControlNet model",
                "verbose_name_plural": "ControlNet models",
                "ordering": ["id"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        models.F("tenant"),
                        django.db.models.functions.text.Lower("name"),
                        name="catalog_controlnet_name",
                        nulls_distinct=False,
                        violation_error_message="There is one of this name already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Embedding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: everyone may use it. Otherwise it is private to this tenant.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.tenant",
                        verbose_name="tenant",
                    ),
                ),
                (
                    "created",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "name",
                    models.CharField(
                        help_text="The file name, as clients send it.",
                        max_length=255,
                        verbose_name="name",
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=255, verbose_name="title")),
                (
                    "base_model",
                    models.CharField(
                        blank=True,
                        help_text="Empty: unknown.",
                        max_length=40,
                        verbose_name="base model",
                    ),
                ),
                (
                    "sha256",
                    models.CharField(
                        blank=True,
                        max_length=64,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[0-9a-fA-F]{64}\\Z", "64 hexadecimal digits."
                            )
                        ],
                        verbose_name="SHA-256",
                    ),
                ),
                ("version", models.CharField(blank=True, max_length=40, verbose_name="version")),
                ("online", models.BooleanField(default=True, verbose_name="online")),
                (
                    "follows_backends",
                    models.BooleanField(
                        default=True,
                        help_text="Off: online stays as it was set by hand.",
                        verbose_name="online follows the backends",
                    ),
                ),
                (
                    "present",
                    models.BooleanField(default=False, editable=False, verbose_name="on a backend"),
                ),
                (
                    "upload_status",
                    models.PositiveSmallIntegerField(
                        choices=[(0, "not uploaded"), (1, "uploading"), (2, "uploaded")],
                        default=0,
                        verbose_name="upload status",
                    ),
                ),
                ("is_adult", models.BooleanField(default=False, verbose_name="adult content")),
                (
                    "cover_url",
                    models.CharField(blank=True, max_length=2000, verbose_name="cover picture"),
                ),
                (
                    "picture_urls",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2000),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="pictures",
                    ),
                ),
                ("description", models.TextField(blank=True, verbose_name="description")),
                (
                    "trigger_words",
                    models.CharField(blank=True, max_length=1000, verbose_name="trigger words"),
                ),
                ("licence", models.CharField(blank=True, max_length=255, verbose_name="licence")),
                (
                    "origin_url",
                    models.URLField(
                        blank=True,
                        help_text="A page about it.",
                        max_length=1000,
                        verbose_name="where it comes from",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("backend", "reported by a backend"),
                            ("admin", "entered by hand"),
                            ("example", "example"),
                        ],
                        default="admin",
                        editable=False,
                        max_length=8,
                        verbose_name="source",
                    ),
                ),
            ],
            options={
                "verbose_name": "embedding",
                "verbose_name_plural": "embeddings",
                "ordering": ["id"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        models.F("tenant"),
                        django.db.models.functions.text.Lower("name"),
                        name="catalog_embedding_name",
                        nulls_distinct=False,
                        violation_error_message="There is one of this name already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Lora",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: everyone may use it. Otherwise it is private to this tenant.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.tenant",
                        verbose_name="tenant",
                    ),
                ),
                (
                    "created",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "name",
                    models.CharField(
                        help_text="The file name, as clients send it.",
                        max_length=255,
                        verbose_name="name",
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=255, verbose_name="title")),
                (
                    "base_model",
                    models.CharField(
                        blank=True,
                        help_text="Empty: unknown.",
                        max_length=40,
                        verbose_name="base model",
                    ),
                ),
                (
                    "sha256",
                    models.CharField(
                        blank=True,
                        max_length=64,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[0-9a-fA-F]{64}\\Z", "64 hexadecimal digits."
                            )
                        ],
                        verbose_name="SHA-256",
                    ),
                ),
                ("version", models.CharField(blank=True, max_length=40, verbose_name="version")),
                ("online", models.BooleanField(default=True, verbose_name="online")),
                (
                    "follows_backends",
                    models.BooleanField(
                        default=True,
                        help_text="Off: online stays as it was set by hand.",
                        verbose_name="online follows the backends",
                    ),
                ),
                (
                    "present",
                    models.BooleanField(default=False, editable=False, verbose_name="on a backend"),
                ),
                (
                    "upload_status",
                    models.PositiveSmallIntegerField(
                        choices=[(0, "not uploaded"), (1, "uploading"), (2, "uploaded")],
                        default=0,
                        verbose_name="upload status",
                    ),
                ),
                ("is_adult", models.BooleanField(default=False, verbose_name="adult content")),
                (
                    "cover_url",
                    models.CharField(blank=True, max_length=2000, verbose_name="cover picture"),
                ),
                (
                    "picture_urls",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2000),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="pictures",
                    ),
                ),
                ("description", models.TextField(blank=True, verbose_name="description")),
                (
                    "trigger_words",
                    models.CharField(blank=True, max_length=1000, verbose_name="trigger words"),
                ),
                ("licence", models.CharField(blank=True, max_length=255, verbose_name="licence")),
                (
                    "origin_url",
                    models.URLField(
                        blank=True,
                        help_text="A page about it.",
                        max_length=1000,
                        verbose_name="where it comes from",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("backend", "reported by a backend"),
                            ("admin", "entered by hand"),
                            ("example", "example"),
                        ],
                        default="admin",
                        editable=False,
                        max_length=8,
                        verbose_name="source",
                    ),
                ),
                (
                    "default_weight",
                    models.FloatField(
                        default=0.8,
                        validators=[
                            django.core.validators.MinValueValidator(-5.0),
                            django.core.validators.MaxValueValidator(5.0),
                        ],
                        verbose_name="default weight",
                    ),
                ),
                (
                    "file",
                    models.CharField(
                        blank=True,
                        editable=False,
                        help_text="Key in the storage.",
                        max_length=100,
                        verbose_name="file",
                    ),
                ),
            ],
            options={
                "verbose_name": "LoRA",
                "verbose_name_plural": "LoRA",
                "ordering": ["id"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        models.F("tenant"),
                        django.db.models.functions.text.Lower("name"),
                        name="catalog_lora_name",
                        nulls_distinct=False,
                        violation_error_message="There is one of this name already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Presence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("backend_ref", models.CharField(max_length=64, verbose_name="backend")),
                (
                    "tenant",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.tenant",
                        verbose_name="tenant",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("checkpoint", "checkpoint"),
                            ("lora", "LoRA"),
                            ("vae", "VAE"),
                            ("embedding", "embedding"),
                            ("controlnet", "ControlNet model"),
                            ("upscaler", "upscaler"),
                            ("style", "style"),
                            ("sampler", "sampler"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("name", models.CharField(max_length=255, verbose_name="name")),
                ("sha256", models.CharField(blank=True, max_length=64, verbose_name="SHA-256")),
            ],
            options={
                "verbose_name": "presence on a backend",
                "verbose_name_plural": "presences on backends",
                "ordering": ["kind", "name", "backend_ref"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("kind"),
                        django.db.models.functions.text.Lower("name"),
                        models.F("backend_ref"),
                        name="catalog_presence_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Price",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: everyone may use it. Otherwise it is private to this tenant.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.tenant",
                        verbose_name="tenant",
                    ),
                ),
                (
                    "created",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "kind",
                    models.CharField(
                        default="image",
                        help_text="image, the code of a tool, or tool: every tool without a rule of its own.",
                        max_length=64,
                        verbose_name="kind",
                    ),
                ),
                (
                    "checkpoint",
                    models.CharField(
                        blank=True,
                        help_text="A name, or a pattern with * and ?. Empty: every checkpoint.",
                        max_length=255,
                        verbose_name="checkpoint",
                    ),
                ),
                (
                    "base_millicredits",
                    models.PositiveIntegerField(default=0, verbose_name="per request"),
                ),
                (
                    "per_megapixel_step",
                    models.PositiveIntegerField(
                        default=200, verbose_name="per picture, megapixel and step"
                    ),
                ),
                (
                    "per_image",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="No picture costs less.",
                        verbose_name="minimum per picture",
                    ),
                ),
                (
                    "hires_percent",
                    models.PositiveIntegerField(
                        default=100,
                        help_text="Of what its own pixels cost.",
                        verbose_name="high-resolution pass, %",
                    ),
                ),
                (
                    "img2img_percent",
                    models.PositiveIntegerField(
                        default=100,
                        help_text="Of what the same text to image costs.",
                        verbose_name="image to image, %",
                    ),
                ),
                (
                    "controlnet_percent",
                    models.PositiveIntegerField(default=30, verbose_name="ControlNet unit, + %"),
                ),
                (
                    "adetailer_percent",
                    models.PositiveIntegerField(default=50, verbose_name="ADetailer unit, + %"),
                ),
                (
                    "restore_faces_percent",
                    models.PositiveIntegerField(default=10, verbose_name="face restoration, + %"),
                ),
                (
                    "step_millicredits",
                    models.PositiveIntegerField(
                        default=1,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="rounded up to a multiple of",
                    ),
                ),
                (
                    "valid_from",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="valid from"
                    ),
                ),
            ],
            options={
                "verbose_name": "price rule",
                "verbose_name_plural": "price rules",
                "ordering": ["kind", "checkpoint", "-valid_from"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("tenant"),
                        models.F("kind"),
                        django.db.models.functions.text.Lower("checkpoint"),
                        models.F("valid_from"),
                        name="catalog_price_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("step_millicredits__gte", 1)),
                        name="catalog_price_step_positive",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Style",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: everyone may use it. Otherwise it is private to this tenant.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.tenant",
                        verbose_name="tenant",
                    ),
                ),
                (
                    "created",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "name",
                    models.CharField(
                        help_text="The file name, as clients send it.",
                        max_length=255,
                        verbose_name="name",
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=255, verbose_name="title")),
                (
                    "base_model",
                    models.CharField(
                        blank=True,
                        help_text="Empty: unknown.",
                        max_length=40,
                        verbose_name="base model",
                    ),
                ),
                (
                    "sha256",
                    models.CharField(
                        blank=True,
                        max_length=64,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[0-9a-fA-F]{64}\\Z", "64 hexadecimal digits."
                            )
                        ],
                        verbose_name="SHA-256",
                    ),
                ),
                ("version", models.CharField(blank=True, max_length=40, verbose_name="version")),
                ("online", models.BooleanField(default=True, verbose_name="online")),
                (
                    "follows_backends",
                    models.BooleanField(
                        default=True,
                        help_text="Off: online stays as it was set by hand.",
                        verbose_name="online follows the backends",
                    ),
                ),
                (
                    "present",
                    models.BooleanField(default=False, editable=False, verbose_name="on a backend"),
                ),
                (
                    "upload_status",
                    models.PositiveSmallIntegerField(
                        choices=[(0, "not uploaded"), (1, "uploading"), (2, "uploaded")],
                        default=0,
                        verbose_name="upload status",
                    ),
                ),
                ("is_adult", models.BooleanField(default=False, verbose_name="adult content")),
                (
                    "cover_url",
                    models.CharField(blank=True, max_length=2000, verbose_name="cover picture"),
                ),
                (
                    "picture_urls",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2000),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="pictures",
                    ),
                ),
                ("description", models.TextField(blank=True, verbose_name="description")),
                (
                    "trigger_words",
                    models.CharField(blank=True, max_length=1000, verbose_name="trigger words"),
                ),
                ("licence", models.CharField(blank=True, max_length=255, verbose_name="licence")),
                (
                    "origin_url",
                    models.URLField(
                        blank=True,
                        help_text="A page about it.",
                        max_length=1000,
                        verbose_name="where it comes from",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("backend", "reported by a backend"),
                            ("admin", "entered by hand"),
                            ("example", "example"),
                        ],
                        default="admin",
                        editable=False,
                        max_length=8,
                        verbose_name="source",
                    ),
                ),
                (
                    "prompt",
                    models.TextField(
                        blank=True,
                        help_text="{prompt} stands for what was asked for.",
                        verbose_name="prompt",
                    ),
                ),
                ("negative_prompt", models.TextField(blank=True, verbose_name="negative prompt")),
            ],
            options={
                "verbose_name": "style",
                "verbose_name_plural": "styles",
                "ordering": ["id"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        models.F("tenant"),
                        django.db.models.functions.text.Lower("name"),
                        name="catalog_style_name",
                        nulls_distinct=False,
                        violation_error_message="There is one of this name already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Upscaler",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: everyone may use it. Otherwise it is private to this tenant.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.tenant",
                        verbose_name="tenant",
                    ),
                ),
                (
                    "created",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "name",
                    models.CharField(
                        help_text="The file name, as clients send it.",
                        max_length=255,
                        verbose_name="name",
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=255, verbose_name="title")),
                (
                    "base_model",
                    models.CharField(
                        blank=True,
                        help_text="Empty: unknown.",
                        max_length=40,
                        verbose_name="base model",
                    ),
                ),
                (
                    "sha256",
                    models.CharField(
                        blank=True,
                        max_length=64,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[0-9a-fA-F]{64}\\Z", "64 hexadecimal digits."
                            )
                        ],
                        verbose_name="SHA-256",
                    ),
                ),
                ("version", models.CharField(blank=True, max_length=40, verbose_name="version")),
                ("online", models.BooleanField(default=True, verbose_name="online")),
                (
                    "follows_backends",
                    models.BooleanField(
                        default=True,
                        help_text="Off: online stays as it was set by hand.",
                        verbose_name="online follows the backends",
                    ),
                ),
                (
                    "present",
                    models.BooleanField(default=False, editable=False, verbose_name="on a backend"),
                ),
                (
                    "upload_status",
                    models.PositiveSmallIntegerField(
                        choices=[(0, "not uploaded"), (1, "uploading"), (2, "uploaded")],
                        default=0,
                        verbose_name="upload status",
                    ),
                ),
                ("is_adult", models.BooleanField(default=False, verbose_name="adult content")),
                (
                    "cover_url",
                    models.CharField(blank=True, max_length=2000, verbose_name="cover picture"),
                ),
                (
                    "picture_urls",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2000),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="pictures",
                    ),
                ),
                ("description", models.TextField(blank=True, verbose_name="description")),
                (
                    "trigger_words",
                    models.CharField(blank=True, max_length=1000, verbose_name="trigger words"),
                ),
                ("licence", models.CharField(blank=True, max_length=255, verbose_name="licence")),
                (
                    "origin_url",
                    models.URLField(
                        blank=True,
                        help_text="A page about it.",
                        max_length=1000,
                        verbose_name="where it comes from",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("backend", "reported by a backend"),
                            ("admin", "entered by hand"),
                            ("example", "example"),
                        ],
                        default="admin",
                        editable=False,
                        max_length=8,
                        verbose_name="source",
                    ),
                ),
                (
                    "scale",
                    models.FloatField(
                        default=4.0,
                        help_text="How many times larger its own output is.",
                        validators=[
                            django.core.validators.MinValueValidator(1.0),
                            django.core.validators.MaxValueValidator(16.0),
                        ],
                        verbose_name="scale",
                    ),
                ),
            ],
            options={
                "verbose_name": "upscaler",
                "verbose_name_plural": "upscalers",
                "ordering": ["id"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        models.F("tenant"),
                        django.db.models.functions.text.Lower("name"),
                        name="catalog_upscaler_name",
                        nulls_distinct=False,
                        violation_error_message="There is one of this name already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Vae",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: everyone may use it. Otherwise it is private to this tenant.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.tenant",
                        verbose_name="tenant",
                    ),
                ),
                (
                    "created",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "name",
                    models.CharField(
                        help_text="The file name, as clients send it.",
                        max_length=255,
                        verbose_name="name",
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=255, verbose_name="title")),
                (
                    "base_model",
                    models.CharField(
                        blank=True,
                        help_text="Empty: unknown.",
                        max_length=40,
                        verbose_name="base model",
                    ),
                ),
                (
                    "sha256",
                    models.CharField(
                        blank=True,
                        max_length=64,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[0-9a-fA-F]{64}\\Z", "64 hexadecimal digits."
                            )
                        ],
                        verbose_name="SHA-256",
                    ),
                ),
                ("version", models.CharField(blank=True, max_length=40, verbose_name="version")),
                ("online", models.BooleanField(default=True, verbose_name="online")),
                (
                    "follows_backends",
                    models.BooleanField(
                        default=True,
                        help_text="Off: online stays as it was set by hand.",
                        verbose_name="online follows the backends",
                    ),
                ),
                (
                    "present",
                    models.BooleanField(default=False, editable=False, verbose_name="on a backend"),
                ),
                (
                    "upload_status",
                    models.PositiveSmallIntegerField(
                        choices=[(0, "not uploaded"), (1, "uploading"), (2, "uploaded")],
                        default=0,
                        verbose_name="upload status",
                    ),
                ),
                ("is_adult", models.BooleanField(default=False, verbose_name="adult content")),
                (
                    "cover_url",
                    models.CharField(blank=True, max_length=2000, verbose_name="cover picture"),
                ),
                (
                    "picture_urls",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2000),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="pictures",
                    ),
                ),
                ("description", models.TextField(blank=True, verbose_name="description")),
                (
                    "trigger_words",
                    models.CharField(blank=True, max_length=1000, verbose_name="trigger words"),
                ),
                ("licence", models.CharField(blank=True, max_length=255, verbose_name="licence")),
                (
                    "origin_url",
                    models.URLField(
                        blank=True,
                        help_text="A page about it.",
                        max_length=1000,
                        verbose_name="where it comes from",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("backend", "reported by a backend"),
                            ("admin", "entered by hand"),
                            ("example", "example"),
                        ],
                        default="admin",
                        editable=False,
                        max_length=8,
                        verbose_name="source",
                    ),
                ),
            ],
            options={
                "verbose_name": "VAE",
                "verbose_name_plural": "VAE",
                "ordering": ["id"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        models.F("tenant"),
                        django.db.models.functions.text.Lower("name"),
                        name="catalog_vae_name",
                        nulls_distinct=False,
                        violation_error_message="There is one of this name already.",
                    )
                ],
            },
        ),
        migrations.RunPython(install, migrations.RunPython.noop, elidable=False),
    ]
