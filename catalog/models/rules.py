"""Other names, where things are, and what they cost."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.kinds import Kind
from catalog.models.owned import Owned, OwnedQuerySet


class AliasQuerySet(OwnedQuerySet["Alias"]):
    pass


class Alias(Owned):
    """Another name for an entry or a sampler, in every dialect or in one.

    An entry that a backend really has goes before an alias of the same name. The target "" stands
    for the default: the default checkpoint, the checkpoint's own VAE, no embedding.
    """

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    dialect = models.CharField(
        _("dialect"), max_length=16, blank=True, help_text=_("Empty: every dialect.")
    )
    name = models.CharField(_("name"), max_length=255)
    target = models.CharField(
        _("target"), max_length=255, blank=True, help_text=_("Empty: whatever the default is.")
    )

    objects = AliasQuerySet.as_manager()

    class Meta:
        verbose_name = _("alias")
        verbose_name_plural = _("aliases")
        ordering: ClassVar[list[str]] = ["kind", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                F("tenant"),
                F("kind"),
                F("dialect"),
                Lower("name"),
                name="catalog_alias_name",
                nulls_distinct=False,
                violation_error_message=_("There is one of this name already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} → {self.target}"


class PresenceQuerySet(OwnedQuerySet["Presence"]):
    pass


class Presence(models.Model):
    """One backend has one thing, as of the last time it was asked. Written by ``intake`` alone."""

    backend_ref = models.CharField(_("backend"), max_length=64)
    tenant = models.ForeignKey(
        "accounts.Tenant",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("tenant"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=255)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)

    objects = PresenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("presence on a backend")
        verbose_name_plural = _("presences on backends")
        ordering: ClassVar[list[str]] = ["kind", "name", "backend_ref"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                F("kind"), Lower("name"), F("backend_ref"), name="catalog_presence_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.backend_ref}: {self.name}"


class PriceQuerySet(OwnedQuerySet["Price"]):
    pass


class Price(Owned):
    """One price rule: the whole formula as data. Amounts are millicredits; 1000 = one credit.

    A megapixel is 2^20 pixels. ``pricing`` says how the numbers come together.
    """

    kind = models.CharField(
        _("kind"),
        max_length=64,
        default="image",
        help_text=_("image, the code of a tool, or tool: every tool without a rule of its own."),
    )
    checkpoint = models.CharField(
        _("checkpoint"),
        max_length=255,
        blank=True,
        help_text=_("A name, or a pattern with * and ?. Empty: every checkpoint."),
    )
    base_millicredits = models.PositiveIntegerField(_("per request"), default=0)
    per_megapixel_step = models.PositiveIntegerField(
        _("per picture, megapixel and step"), default=200
    )
    per_image = models.PositiveIntegerField(
        _("minimum per picture"), default=0, help_text=_("No picture costs less.")
    )
    hires_percent = models.PositiveIntegerField(
        _("high-resolution pass, %"), default=100, help_text=_("Of what its own pixels cost.")
    )
    img2img_percent = models.PositiveIntegerField(
        _("image to image, %"), default=100, help_text=_("Of what the same text to image costs.")
    )
    controlnet_percent = models.PositiveIntegerField(_("ControlNet unit, + %"), default=30)
    adetailer_percent = models.PositiveIntegerField(_("ADetailer unit, + %"), default=50)
    restore_faces_percent = models.PositiveIntegerField(_("face restoration, + %"), default=10)
    step_millicredits = models.PositiveIntegerField(
        _("rounded up to a multiple of"), default=1, validators=[MinValueValidator(1)]
    )
    valid_from = models.DateTimeField(_("valid from"), default=timezone.now)

    objects = PriceQuerySet.as_manager()

    class Meta:
        verbose_name = _("price rule")
        verbose_name_plural = _("price rules")
        ordering: ClassVar[list[str]] = ["kind", "checkpoint", "-valid_from"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                F("tenant"),
                F("kind"),
                Lower("checkpoint"),
                F("valid_from"),
                name="catalog_price_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(step_millicredits__gte=1), name="catalog_price_step_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.checkpoint or '*'}"
