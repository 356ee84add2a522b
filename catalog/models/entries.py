"""The files and named things that a request can ask a backend for."""

from __future__ import annotations

from typing import ClassVar, Self, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from catalog.kinds import Kind, stem
from catalog.models.owned import Owned, OwnedQuerySet

M = TypeVar("M", bound=models.Model, covariant=True)


class BaseModel(models.TextChoices):
    """The families that decide whether a LoRA, VAE or ControlNet model fits a checkpoint.

    The values are what the wire says. Other families may be typed in; "" means unknown.
    """

    SD15 = "SD 1.5", "SD 1.5"
    SD21 = "SD 2.1", "SD 2.1"
    SDXL = "SDXL", "SDXL"
    SD3 = "SD 3", "SD 3"
    FLUX = "Flux", "Flux"
    SKETCH = "Sketch", "Sketch"


class Source(models.TextChoices):
    BACKEND = "backend", _("reported by a backend")
    ADMIN = "admin", _("entered by hand")
    EXAMPLE = "example", _("example")


class UploadStatus(models.IntegerChoices):
    NOT_UPLOADED = 0, _("not uploaded")
    UPLOADING = 1, _("uploading")
    UPLOADED = 2, _("uploaded")


class EntryQuerySet(OwnedQuerySet[M]):
    def online(self) -> Self:
        return self.filter(online=True)

    def present(self) -> Self:
        """On at least one backend, as far as the backends said when last asked."""
        return self.filter(present=True)

    def named(self, name: str) -> Self:
        """The exact file name, letter case aside (served by the unique index with a tenant)."""
        return self.filter(name__iexact=name)


class Entry(Owned):
    """One file, or one named thing, that a request can ask a backend for.

    ``present`` is what the backends say and belongs to ``intake`` alone. ``online`` is what
    clients are told: it follows ``present`` until somebody sets it by hand, which clears
    ``follows_backends``.
    """

    KIND: ClassVar[Kind]

    name = models.CharField(
        _("name"), max_length=255, help_text=_("The file name, as clients send it.")
    )
    title = models.CharField(_("title"), max_length=255, blank=True)
    base_model = models.CharField(
        _("base model"), max_length=40, blank=True, help_text=_("Empty: unknown.")
    )
    sha256 = models.CharField(
        "SHA-256",
        max_length=64,
        blank=True,
        validators=[RegexValidator(r"^[0-9a-fA-F]{64}\Z", _("64 hexadecimal digits."))],
    )
    version = models.CharField(_("version"), max_length=40, blank=True)
    online = models.BooleanField(_("online"), default=True)
    follows_backends = models.BooleanField(
        _("online follows the backends"),
        default=True,
        help_text=_("Off: online stays as it was set by hand."),
    )
    present = models.BooleanField(_("on a backend"), default=False, editable=False)
    upload_status = models.PositiveSmallIntegerField(
        _("upload status"), choices=UploadStatus.choices, default=UploadStatus.NOT_UPLOADED
    )
    is_adult = models.BooleanField(_("adult content"), default=False)
    cover_url = models.CharField(_("cover picture"), max_length=2000, blank=True)
    picture_urls = ArrayField(
        models.CharField(max_length=2000), verbose_name=_("pictures"), default=list, blank=True
    )
    description = models.TextField(_("description"), blank=True)
    trigger_words = models.CharField(_("trigger words"), max_length=1000, blank=True)
    licence = models.CharField(_("licence"), max_length=255, blank=True)
    origin_url = models.URLField(
        _("where it comes from"), max_length=1000, blank=True, help_text=_("A page about it.")
    )
    source = models.CharField(
        _("source"), max_length=8, choices=Source.choices, default=Source.ADMIN, editable=False
    )

    class Meta:
        abstract = True
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                F("tenant"),
                Lower("name"),
                name="%(app_label)s_%(class)s_name",
                nulls_distinct=False,
                violation_error_message=_("There is one of this name already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        self.sha256 = self.sha256.lower()  # one form in the database; the wire shows upper case

    @property
    def simplify_name(self) -> str:
        """The short name, without folder and extension: what goes into a prompt."""
        return stem(self.name)

    @property
    def display_title(self) -> str:
        return self.title or self.simplify_name


class Checkpoint(Entry):
    KIND = Kind.CHECKPOINT

    model_type = models.CharField(_("model type"), max_length=40, default="Checkpoint")
    default_vae = models.CharField(
        _("default VAE"), max_length=255, blank=True, help_text=_("Empty: the checkpoint's own.")
    )
    default_width = models.PositiveIntegerField(
        _("default width"), default=512, validators=[MinValueValidator(64), MaxValueValidator(4096)]
    )
    default_height = models.PositiveIntegerField(
        _("default height"),
        default=512,
        validators=[MinValueValidator(64), MaxValueValidator(4096)],
    )
    is_default = models.BooleanField(
        _("default checkpoint"),
        default=False,
        help_text=_("What a request that names no checkpoint is given. At most one per tenant."),
    )

    objects = EntryQuerySet["Checkpoint"].as_manager()

    class Meta(Entry.Meta):
        verbose_name = _("checkpoint")
        verbose_name_plural = _("checkpoints")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Entry.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant"],
                condition=Q(is_default=True),
                name="catalog_checkpoint_one_default",
                nulls_distinct=False,
                violation_error_message=_("There is a default checkpoint already."),
            ),
        ]


class Lora(Entry):
    """With ``file`` Easel has the weights itself: any server that fetches them can draw with it."""

    KIND = Kind.LORA

    default_weight = models.FloatField(
        _("default weight"),
        default=0.8,
        validators=[MinValueValidator(-5.0), MaxValueValidator(5.0)],
    )
    file = models.CharField(
        _("file"), max_length=100, blank=True, editable=False, help_text=_("Key in the storage.")
    )

    objects = EntryQuerySet["Lora"].as_manager()

    class Meta(Entry.Meta):
        verbose_name = "LoRA"
        verbose_name_plural = "LoRA"


class Vae(Entry):
    KIND = Kind.VAE

    objects = EntryQuerySet["Vae"].as_manager()

    class Meta(Entry.Meta):
        verbose_name = "VAE"
        verbose_name_plural = "VAE"


class Embedding(Entry):
    KIND = Kind.EMBEDDING

    objects = EntryQuerySet["Embedding"].as_manager()

    class Meta(Entry.Meta):
        verbose_name = _("embedding")
        verbose_name_plural = _("embeddings")


class ControlNet(Entry):
    KIND = Kind.CONTROLNET

    module = models.CharField(
        _("preprocessor"),
        max_length=80,
        blank=True,
        help_text=_("The preprocessor that belongs to it."),
    )

    objects = EntryQuerySet["ControlNet"].as_manager()

    class Meta(Entry.Meta):
        verbose_name = _("ControlNet model")
        verbose_name_plural = _("ControlNet models")


class Upscaler(Entry):
    KIND = Kind.UPSCALER

    scale = models.FloatField(
        _("scale"),
        default=4.0,
        validators=[MinValueValidator(1.0), MaxValueValidator(16.0)],
        help_text=_("How many times larger its own output is."),
    )

    objects = EntryQuerySet["Upscaler"].as_manager()

    class Meta(Entry.Meta):
        verbose_name = _("upscaler")
        verbose_name_plural = _("upscalers")


class Style(Entry):
    """Words that are added to a prompt under one name; no backend has it, we apply it."""

    KIND = Kind.STYLE

    prompt = models.TextField(
        _("prompt"), blank=True, help_text=_("{prompt} stands for what was asked for.")
    )
    negative_prompt = models.TextField(_("negative prompt"), blank=True)

    objects = EntryQuerySet["Style"].as_manager()

    class Meta(Entry.Meta):
        verbose_name = _("style")
        verbose_name_plural = _("styles")
