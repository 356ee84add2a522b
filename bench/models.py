"""What the reference views read and write: a key, and a row like a task."""

from __future__ import annotations

import uuid

from django.db import models


class Key(models.Model):
    digest = models.CharField(max_length=64, unique=True)
    owner = models.IntegerField()


class Job(models.Model):
    """As wide as the nine fields need, with the two indexes that a queue and a history need."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    owner = models.IntegerField()
    state = models.CharField(max_length=12, default="queued")
    prompt = models.TextField()
    negative_prompt = models.TextField(default="")
    steps = models.IntegerField(default=20)
    width = models.IntegerField(default=512)
    height = models.IntegerField(default=512)
    seed = models.BigIntegerField(default=-1)
    cfg_scale = models.FloatField(default=7)
    sampler = models.CharField(max_length=64, default="Euler a")
    checkpoint = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["owner", "-created_at"]),
            models.Index(fields=["state", "created_at"]),
        ]
