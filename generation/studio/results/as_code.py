"""A picture as a call of the native API: for curl, and for Python without any library.

Input pictures stand in the code as files of the folder that it is run in.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pprint import pformat
from typing import Any

from generation.request import ImageRequest

KEY = "your-api-token"
_MARK = "\x00"  # no text of a request holds it


@dataclass(frozen=True, kw_only=True)
class Code:
    """``files``: field of the request → name of the file that stands for it."""

    curl: str
    python: str
    files: dict[str, str]


def code(request: ImageRequest, base_url: str) -> Code:
    """Both calls make what ``request`` would; ``base_url`` without a slash at its end."""
    units = tuple(unit for unit in request.controlnet if unit.enabled)
    request = request.model_copy(update={"controlnet": units})
    files = _files(request)
    body = _body(request, files)
    return Code(
        curl=_curl(body, base_url, files), python=_python(body, base_url, files), files=files
    )


def _files(request: ImageRequest) -> dict[str, str]:
    names = {}
    for field, ref in request.inputs.items():
        if ref.stored:
            part = field.removesuffix(".image").replace("controlnet.", "control-")
            names[field] = f"{part}.{ref.stored.rpartition('.')[2]}"
    return names


def _body(request: ImageRequest, files: dict[str, str]) -> dict[str, Any]:
    """What POST /api/v1/tasks takes; what has its default is left out."""
    body = {"prompt": request.prompt} | request.model_dump(mode="json", exclude_defaults=True)
    for field, ref in request.inputs.items():
        part: Any = body
        *path, last = field.split(".")
        for step in path:
            part = part[int(step)] if step.isdigit() else part[step]
        part[last] = _marked(files[field]) if field in files else ref.url
    return body


def _marked(name: str) -> str:
    """What stands for a file until it is written as the language has it."""
    return f"{_MARK}{name}{_MARK}"


def _curl(body: dict[str, Any], base_url: str, files: dict[str, str]) -> str:
    text = json.dumps(body, indent=2, ensure_ascii=False)
    end = "JSON" if files else "'JSON'"  # quoted: the shell leaves the text alone
    if files:
        text = re.sub(r"([\\\\$`])", r"\\\1", text)
    for name in files.values():
        mark = json.dumps(_marked(name))[1:-1].replace("\\", "\\\\")
        text = text.replace(mark, f"$(base64 < {name} | tr -d '\\n')")
    return (
        f"EASEL_TOKEN='{KEY}'\n"
        f"curl -sS --fail-with-body '{base_url}/api/v1/tasks' \\\n"
        '  -H "Authorization: Bearer $EASEL_TOKEN" \\\n'
        "  -H 'Content-Type: application/json' \\\n"
        f"  --data-binary @- <<{end}\n{text}\nJSON\n"
    )


def _python(body: dict[str, Any], base_url: str, files: dict[str, str]) -> str:
    text = pformat(body, sort_dicts=False, width=88)
    for name in files.values():
        text = text.replace(repr(_marked(name)), f'picture("{name}")')
    return _SCRIPT.replace("@BASE@", base_url).replace("@KEY@", KEY).replace("@BODY@", text)


_SCRIPT = """\
import base64, json, time, urllib.request

BASE = "@BASE@"
TOKEN = "@KEY@"


def call(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(BASE + path, data, headers)) as answer:
        return json.load(answer)


def picture(name):
    with open(name, "rb") as file:
        return base64.b64encode(file.read()).decode()


body = @BODY@

task = call("/api/v1/tasks", body)
while task["state"] not in ("done", "failed", "cancelled"):
    time.sleep(1)
    task = call("/api/v1/tasks/" + task["id"])
print(task["state"], task["error"] or "")

for output in task["outputs"]:
    if output["url"]:
        name = f"{task['id']}-{output['index']}.{output['format']}"
        urllib.request.urlretrieve(output["url"], name)
        print(name)
"""
