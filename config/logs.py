"""One JSON object a line: time, level, logger, message, request id, task and exception.

Only named fields are written: what a caller puts into ``extra`` beyond them stays out, so that no
header, body or secret reaches the log by accident.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from accounts import request_id

_EXTRA = ("task", "tenant", "backend", "status", "seconds", "method", "path", "address")


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if current := request_id.current():
            line["request_id"] = current
        for name in _EXTRA:
            if name in record.__dict__:
                line[name] = record.__dict__[name]
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)
