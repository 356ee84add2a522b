from __future__ import annotations

import re
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Tenant


class RuleKind(models.TextChoices):
    WORD = "word", _("word")  # at word boundaries; Chinese: anywhere
    PHRASE = "phrase", _("phrase")  # anywhere
    PAIR = "pair", _("two words")  # "a | b + c | d": one of each side, in any order


class RuleVerdict(models.TextChoices):
    BLOCK = "block", _("block")
    FLAG = "flag", _("flag")


class PromptRuleQuerySet(models.QuerySet["PromptRule"]):
    def in_force(self, tenant_id: int) -> Self:
        return self.filter(Q(tenant=None) | Q(tenant_id=tenant_id), enabled=True)


class PromptRule(models.Model):
    """What a prompt may not say; ``|`` stands between words of which one is enough. No regular
    expressions: a rule of an operator can then never hold a request for seconds. Rules are folded
    like prompts (width, case, blanks) before they are compared."""

    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, null=True, blank=True, related_name="+",
        help_text=_("Empty: for every tenant."),
    )  # fmt: skip
    kind = models.CharField(max_length=8, choices=RuleKind.choices, default=RuleKind.WORD)
    pattern = models.CharField(max_length=800)  # PostgreSQL indexes 2,700 bytes
    verdict = models.CharField(max_length=8, choices=RuleVerdict.choices, default=RuleVerdict.BLOCK)
    label = models.CharField(max_length=40, help_text=_("A stable word: sexual_minors, gore, …"))
    enabled = models.BooleanField(default=True)
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=models.functions.Now())

    objects = PromptRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("prompt rule")
        verbose_name_plural = _("prompt rules")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "kind", "pattern"],
                name="prompt_rule_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.verdict}: {self.pattern}"

    def clean(self) -> None:
        sides = self.pattern.split("+") if self.kind == RuleKind.PAIR else [self.pattern]
        if self.kind == RuleKind.PAIR and len(sides) != 2:
            raise ValidationError({"pattern": _("Write two words with a + between them.")})
        words = [word for side in sides for word in side.split("|")]
        if not all(re.search(r"\w", word) for word in words):
            raise ValidationError({"pattern": _("Write at least one letter.")})
