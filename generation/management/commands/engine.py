"""Easel's own GPU server. It touches no database."""

from __future__ import annotations

from argparse import ArgumentParser
from inspect import signature
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from generation.engine import command


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        command.add_arguments(parser)

    def handle(self, **options: Any) -> None:
        try:
            command.serve(**{name: options[name] for name in signature(command.serve).parameters})
        except OSError as error:
            raise CommandError(str(error)) from error
