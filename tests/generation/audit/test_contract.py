"""What every auditor of pictures must do, whatever it looks with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import pytest

from generation.audit.base import AuditPolicy, ImageAuditor
from generation.audit.fake import FakeAuditor
from generation.audit.nsfw import NsfwAuditor
from generation.audit.server import AuditServer, Scorer
from generation.errors import BackendError
from generation.states import Verdict
from tests.generation.painting import encoded

NEVER = AuditPolicy(flag_at=1.1, block_at=1.1)
ALWAYS = AuditPolicy(flag_at=0.0, block_at=0.0)
FLAG_ONLY = AuditPolicy(flag_at=0.0, block_at=1.1)


@pytest.fixture(scope="module")
def listening() -> Iterator[Path]:
    """The audit server on a thread of this process, with the real model."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "socket"
        with AuditServer(path, Scorer()) as server:
            Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
            yield path
            server.shutdown()


@pytest.fixture(params=["fake", "nsfw"])
def auditor(request: pytest.FixtureRequest) -> ImageAuditor:
    if request.param == "fake":
        return FakeAuditor()
    return NsfwAuditor(request.getfixturevalue("listening"))


def test_a_clean_picture_is_allowed_without_labels(auditor: ImageAuditor) -> None:
    (finding,) = auditor.look([encoded()])
    assert (finding.verdict, finding.labels) == (Verdict.ALLOW, ())


@pytest.mark.parametrize("fmt", ["png", "jpg", "webp"])
def test_one_finding_a_picture(auditor: ImageAuditor, fmt: str) -> None:
    assert len(auditor.look([encoded(fmt)] * 3)) == 3


def test_no_pictures_no_findings(auditor: ImageAuditor) -> None:
    assert auditor.look([]) == []


def test_more_pictures_than_a_request_may_have(auditor: ImageAuditor) -> None:
    assert len(auditor.look([encoded("jpg")] * 65)) == 65


@pytest.mark.parametrize(
    ("policy", "verdict"),
    [(NEVER, Verdict.ALLOW), (FLAG_ONLY, Verdict.FLAG), (ALWAYS, Verdict.BLOCK)],
)
def test_the_policy_decides(auditor: ImageAuditor, policy: AuditPolicy, verdict: Verdict) -> None:
    (finding,) = auditor.look([encoded()], policy)
    assert finding.verdict is verdict


def test_what_is_flagged_says_why(auditor: ImageAuditor) -> None:
    (finding,) = auditor.look([encoded()], FLAG_ONLY)
    (label,) = finding.labels
    assert label.name == "nsfw"
    assert label.confidence is not None and 0 <= label.confidence <= 1


@pytest.mark.parametrize("junk", [b"", b"no picture", encoded()[:200], encoded("jpg")[:-40]])
def test_what_cannot_be_seen_is_an_error(auditor: ImageAuditor, junk: bytes) -> None:
    with pytest.raises(BackendError):
        auditor.look([encoded(), junk])
