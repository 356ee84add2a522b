"""Standard Webhooks: when, whether, signed how."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from generation.callbacks import standard

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_ten_requests_within_four_days() -> None:
    waits = [standard.wait_before_next(attempts) for attempts in range(1, 10)]
    assert all(wait is not None for wait in waits)
    assert standard.wait_before_next(10) is None
    assert sum(standard.WAITS) < 4 * 86_400


def test_waits_are_jittered_and_scaled() -> None:
    waits = {standard.wait_before_next(3) or 0 for _ in range(50)}
    assert len(waits) > 10
    assert all(1800 * 0.8 <= wait <= 1800 * 1.2 for wait in waits)
    assert (standard.wait_before_next(3, 0.001) or 9) < 2.2


def test_any_success_is_an_acknowledgement() -> None:
    assert [standard.problem(status) for status in (200, 202, 204)] == ["", "", ""]
    assert [standard.problem(status) for status in (302, 400, 500)] == [
        "HTTP 302",
        "HTTP 400",
        "HTTP 500",
    ]


def test_the_vector_of_the_specification() -> None:
    # The example of the standardwebhooks project's own tests.
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = standard.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}', [secret])
    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_when_an_endpoint_is_switched_off() -> None:
    def why(status: int, failures: int, since: timedelta, scale: float = 1.0) -> str:
        return standard.why_disable(status, failures, NOW - since, NOW, scale)

    assert why(500, 5, timedelta(days=4)) == ""
    assert why(500, 5, timedelta(days=5)) != ""
    assert why(500, 5, timedelta(days=1), scale=0.1) != ""
    assert why(500, standard.MANY, timedelta(minutes=10)) == ""
    assert why(500, standard.MANY, timedelta(hours=1)) != ""
    assert why(410, 1, timedelta()) != ""
