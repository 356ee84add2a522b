"""A client of the native API, in the name of one person."""

from __future__ import annotations

from typing import Any

from django.test import Client

from tests.generation.house import CHECKPOINT
from tests.people import Person

TASKS = "/api/v1/tasks"
ASKED = {"prompt": "a red apple", "checkpoint": CHECKPOINT, "steps": 4}


class Api:
    """By access key, or with the headers that are given."""

    def __init__(self, who: Person, headers: dict[str, str] | None = None) -> None:
        self.who = who
        self.client = Client()
        self.headers = who.headers if headers is None else headers

    @classmethod
    def in_person(cls, who: Person) -> Api:
        return cls(who, {"Authorization": f"Bearer {who.jwt}"})

    @classmethod
    def by_token(cls, who: Person, token: str) -> Api:
        return cls(who, {"Authorization": f"Bearer {token}"})

    def call(self, method: str, path: str, sent: Any = None, **headers: str) -> Any:
        how: dict[str, Any] = {"headers": self.headers | headers}
        if sent is not None:
            how |= {"data": sent, "content_type": "application/json"}
        return getattr(self.client, method)(path, **how)

    def get(self, path: str) -> Any:
        return self.call("get", f"/api/v1/{path}")

    def post(self, path: str, sent: Any = None) -> Any:
        return self.call("post", f"/api/v1/{path}", sent if sent is not None else {})

    def patch(self, path: str, sent: Any) -> Any:
        return self.call("patch", f"/api/v1/{path}", sent)

    def delete(self, path: str) -> Any:
        return self.call("delete", f"/api/v1/{path}")

    def create(self, **changes: Any) -> Any:
        return self.call("post", TASKS, ASKED | changes)
