from __future__ import annotations

from importlib import import_module

import pytest
from django.test import override_settings

from generation.audit.fake import FakeAuditor
from generation.audit.nsfw import NsfwAuditor
from generation.audit.registry import AUDITORS, open_auditor
from generation.errors import InternalError


@pytest.mark.parametrize("path", AUDITORS.values())
def test_every_entry_leads_somewhere(path: str) -> None:
    module, _dot, name = path.rpartition(".")
    assert callable(getattr(import_module(module), name)().look)


@override_settings(EASEL_AUDITOR="fake")
def test_the_setting_chooses() -> None:
    assert isinstance(open_auditor(), FakeAuditor)


def test_a_name_chooses() -> None:
    assert isinstance(open_auditor("nsfw"), NsfwAuditor)


def test_an_unknown_name_is_refused_naming_the_known() -> None:
    with pytest.raises(InternalError, match="fake, nsfw"):
        open_auditor("nosuch")
