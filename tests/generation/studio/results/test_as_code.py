"""What a person copies: WebUI's parameters, and calls of our API that run as they are."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from generation import storage
from generation.models import Output, Task
from generation.request import ControlNetUnit, ImageRef, ImageRequest, Init, Mask
from generation.states import TaskState
from generation.studio.results import as_code
from tests.generation.painting import encoded
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)
NASTY = "it's \"a\" $HOME `id` \\n \\u0000 {prompt}\n苹果 'JSON'\nJSON"


def copied(page: str, name: str) -> str:
    found = re.search(rf'id="code-{name}">(.*?)</pre>', page, re.DOTALL)
    assert found
    return html.unescape(found[1])


def run(words: list[str], folder: Path, house) -> str:
    """The command's output; the house works meanwhile."""
    command = subprocess.Popen(
        words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while command.poll() is None:
        house.work()
        time.sleep(0.05)
    out, err = command.communicate()
    assert command.returncode == 0, err
    return out


@pytest.fixture
def page_of(live_server, sign_in):
    """The fragment with the code of a task's first picture, as the live server shows it."""

    def page(person: Person, task_id) -> str:
        path = f"/studio/tasks/{task_id}/0/code"
        host = live_server.url.removeprefix("http://")
        answer = sign_in(person).get(path, headers={"HX-Request": "true", "Host": host})
        return answer.content.decode()

    return page


def painted(person: Person, house, **with_: object) -> Task:
    receipt = house.draw(person, with_=with_)
    house.work()
    return Task.objects.get(pk=receipt.task_id)


def from_a_picture(person: Person, house) -> Task:
    images = [ImageRef(stored=storage.store_input(encoded())) for _ in range(2)]
    init, mask = Init(image=images[0], denoising_strength=0.4), Mask(image=images[1], blur=8)
    return painted(person, house, prompt=NASTY, init=init, mask=mask, seed=7)


def put_files(folder: Path, task: Task) -> None:
    for name in ("init", "mask"):
        stored = task.image_request.inputs[f"{name}.image"].stored
        (folder / f"{name}.png").write_bytes(storage.open_stored(stored))


def same(asked: ImageRequest, made: ImageRequest) -> bool:
    """But for the keys of the inputs, which are each task's own."""
    keys = {ref.stored for each in (asked, made) for ref in each.inputs.values()}
    texts = [each.model_dump_json() for each in (asked, made)]
    for key in keys:
        texts = [text.replace(json.dumps(key), '"key"') for text in texts]
    return texts[0] == texts[1]


def test_the_copied_python_makes_the_same_picture(alice, house, page_of, tmp_path) -> None:
    task = from_a_picture(alice, house)
    put_files(tmp_path, task)
    script = copied(page_of(alice, task.pk), "python").replace(as_code.KEY, alice.api_token)
    (tmp_path / "call.py").write_text(script)
    out = run([sys.executable, "call.py"], tmp_path, house)
    made = Task.objects.latest("created_at")
    assert made.pk != task.pk
    assert same(task.image_request, made.image_request)
    name = out.split()[-1]
    stored = storage.open_stored(Output.objects.get(task=made).file)
    assert (tmp_path / name).read_bytes() == stored


@pytest.mark.parametrize("with_files", [True, False])
def test_the_copied_curl_makes_the_same_picture(
    alice, house, page_of, tmp_path, with_files: bool
) -> None:
    task = from_a_picture(alice, house) if with_files else painted(alice, house, prompt=NASTY)
    if with_files:
        put_files(tmp_path, task)
    script = copied(page_of(alice, task.pk), "curl").replace(as_code.KEY, alice.api_token)
    out = run(["sh", "-c", script], tmp_path, house)
    made = Task.objects.get(pk=json.loads(out)["id"])
    assert same(task.image_request, made.image_request)
    house.work()
    made.refresh_from_db()
    assert made.state == TaskState.DONE


def test_the_parameters_are_those_that_the_server_wrote(alice, sign_in, paint) -> None:
    task_id = paint(alice)
    page = sign_in(alice).get(f"/studio/tasks/{task_id}/0/code").content.decode()
    assert copied(page, "text").strip() == Output.objects.get(task=task_id).infotext.strip()


def test_one_picture_of_several_has_its_own_seed(alice, sign_in, paint) -> None:
    task_id = paint(alice, count="3", seed="100")
    page = sign_in(alice).get(f"/studio/tasks/{task_id}/2/code").content.decode()
    assert '"seed": 102' in copied(page, "curl")
    assert "n_iter" not in copied(page, "python")


def test_no_key_stands_in_the_page(alice, sign_in, paint) -> None:
    page = sign_in(alice).get(f"/studio/tasks/{paint(alice)}/0/code").content.decode()
    assert alice.api_token not in page
    assert page.count(as_code.KEY) == 3


def test_units_that_are_switched_off_are_left_out() -> None:
    image = ImageRef(stored="inputs/2026-01-01/a.webp")
    request = ImageRequest(
        prompt="x",
        init=Init(image=image),
        mask=Mask(image=ImageRef(url="https://a.test/m.png")),
        controlnet=(
            ControlNetUnit(model="off", image=image, enabled=False),
            ControlNetUnit(model="on", image=image),
        ),
    )
    made = as_code.code(request, "http://e.test")
    assert made.files == {"init.image": "init.webp", "controlnet.0.image": "control-0.webp"}
    assert '"https://a.test/m.png"' in made.curl
    assert '"off"' not in made.curl
    assert 'picture("control-0.webp")' in made.python
    compile(made.python, "call.py", "exec")


def test_a_stranger_gets_no_code(alice: Person, bob, charlie, sign_in, paint) -> None:
    path = f"/studio/tasks/{paint(alice)}/0/code"
    assert {sign_in(who).get(path).status_code for who in (bob, charlie)} == {404}
