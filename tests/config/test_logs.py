from __future__ import annotations

import json
import logging
import sys

from accounts import request_id
from config.logs import JsonFormatter


def line(message: str = "said", **extra: object) -> dict[str, object]:
    record = logging.makeLogRecord({"msg": message, "levelname": "INFO", "name": "easel", **extra})
    text = JsonFormatter().format(record)
    assert "\n" not in text
    found: dict[str, object] = json.loads(text)
    return found


def test_a_line_is_one_json_object() -> None:
    assert line("two\nlines 画")["message"] == "two\nlines 画"


def test_the_request_is_named() -> None:
    with request_id.use("r-1"):
        assert line()["request_id"] == "r-1"
    assert "request_id" not in line()


def test_the_task_is_named() -> None:
    assert line(task="t-1")["task"] == "t-1"


def test_an_exception_is_told() -> None:
    try:
        raise ValueError("no such luck")
    except ValueError:
        assert "no such luck" in str(line(exc_info=sys.exc_info())["exception"])


def test_other_extras_stay_out() -> None:
    assert "hunter2" not in json.dumps(line(password="hunter2", headers={"a": "hunter2"}))
