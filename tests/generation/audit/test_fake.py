from __future__ import annotations

from generation.audit.fake import FakeAuditor
from generation.states import Verdict
from tests.generation.painting import flat


def test_red_is_blocked_and_green_is_not() -> None:
    red, green = FakeAuditor().look([flat(255, 0, 0), flat(0, 255, 0)])
    assert (red.verdict, green.verdict) == (Verdict.BLOCK, Verdict.ALLOW)


def test_a_reddish_picture_is_flagged_with_its_confidence() -> None:
    (finding,) = FakeAuditor().look([flat(255, 80, 80)])
    assert finding.verdict is Verdict.FLAG
    assert finding.labels[0].confidence == round(175 / 255, 4)


def test_any_rule_will_do() -> None:
    blocked = {b"this one"}
    auditor = FakeAuditor(rule=lambda image: float(image in blocked))
    verdicts = [finding.verdict for finding in auditor.look([b"another", b"this one"])]
    assert verdicts == [Verdict.ALLOW, Verdict.BLOCK]
