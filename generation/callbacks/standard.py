"""Standard Webhooks: when to try again, what counts as delivered, what is signed. Pure.

https://www.standardwebhooks.com: the headers ``webhook-id`` (the same at each attempt),
``webhook-timestamp`` and ``webhook-signature`` ("v1,<base64 of HMAC-SHA256>", one for each secret,
separated by blanks).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from standardwebhooks import Webhook

# Seconds before retry n, after the specification's proposal: 5 s, 5 min, 30 min, 2, 5, 10, 14, 20
# and 24 hours: a little more than three days.
WAITS = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
MOST_REQUESTS = 1 + len(WAITS)
JITTER = 0.2  # of a wait, either way: a receiver that comes back is not stormed
GONE = 410  # "unsubscribe me": the endpoint is switched off at once
FAILING = timedelta(days=5)  # without one success: switched off
MANY_FAILING = timedelta(hours=1)  # the same, where MANY requests in a row failed
MANY = 1000


def wait_before_next(attempts: int, scale: float = 1.0) -> float | None:
    """Seconds to wait after ``attempts`` requests (1 or more); None: it was the last."""
    if attempts >= MOST_REQUESTS:
        return None
    return WAITS[attempts - 1] * random.uniform(1 - JITTER, 1 + JITTER) * scale


def problem(status: int) -> str:
    """Why this answer is no acknowledgement; "" for HTTP 2xx, whatever the body says."""
    return "" if 200 <= status < 300 else f"HTTP {status}"


def sign(delivery_id: str, at: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The three headers; each secret ("whsec_…") gives a signature, the newest first."""
    text = body.decode()
    signatures = [Webhook(secret).sign(delivery_id, at, text) for secret in secrets]
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def why_disable(
    status: int | None, failures: int, failing_since: datetime, at: datetime, scale: float
) -> str:
    """Why the endpoint is to be switched off now; "" while it may stay on."""
    if status == GONE:
        return "the receiver answered 410 Gone"
    failing = at - failing_since
    if failing >= FAILING * scale:
        return f"no success for {FAILING.days} days"
    if failures >= MANY and failing >= MANY_FAILING * scale:
        return f"{failures} requests in a row failed"
    return ""
