"""A preprocessor's map as a task: which server, for what price, and the picture that comes back."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from catalog.models import Checkpoint, ControlNet
from generation import storage
from generation.errors import InvalidRequest, NotServable
from generation.models import Output
from generation.request import ControlNetUnit, ImageRef, ImageRequest, Init, Preprocess
from tests.generation.house import CHECKPOINT
from tests.generation.painting import encoded, flat


def look(module: str = "canny", **more: object) -> ImageRequest:
    init = Init(image=ImageRef(stored=storage.store_input(encoded())))
    return ImageRequest(init=init, preprocess=Preprocess(module=module, **more))


def test_the_embedded_engine_draws_edges(alice, sketch_house):
    receipt = sketch_house.draw(alice, request=look(processor_res=256, threshold_a=20))
    sketch_house.work()
    task = sketch_house.task(receipt)
    assert (task.kind, task.state, task.spent) == ("preprocess", "done", 13)
    output = Output.objects.get(task=task)
    edges = np.asarray(Image.open(BytesIO(storage.open_stored(output.file))).convert("L"))
    assert edges.shape == (256, 384)
    assert set(np.unique(edges)) <= {0, 255}


def test_the_price_is_one_step_at_the_resolution(alice, sketch_house):
    prices = [
        sketch_house.draw(alice, request=look(processor_res=side)).price for side in (512, 1024)
    ]
    assert prices == [50, 200]


def test_a_unit_of_the_checkpoints_family_alone(alice, house):
    Checkpoint.objects.filter(name=CHECKPOINT).update(base_model="SDXL")
    ControlNet.objects.create(name="edges", base_model="SD 1.5", present=True)
    unit = ControlNetUnit(model="edges", image=ImageRef(stored="x"))
    with pytest.raises(InvalidRequest, match="edges is for SD 1.5") as refused:
        house.draw(alice, with_={"controlnet": (unit,)})
    assert refused.value.field == "controlnet.model"


def test_a_module_that_no_server_has_is_refused_by_name(alice, sketch_house):
    with pytest.raises(NotServable, match="module:depth_midas") as refused:
        sketch_house.draw(alice, request=look("depth_midas"))
    assert refused.value.field == "module"


@pytest.mark.parametrize("more", [{"caption": "clip"}, {"controlnet": [{"model": "x"}]}])
def test_a_map_is_drawn_alone(more):
    whole = {"init": {"image": {"stored": "x"}}, "preprocess": {"module": "canny"}}
    with pytest.raises(ValidationError, match="goes alone|does not go with"):
        ImageRequest.model_validate(whole | more)
    with pytest.raises(ValidationError, match="preprocess: needs an init image"):
        ImageRequest.model_validate({"preprocess": {"module": "canny"}})


def test_a_map_that_may_not_be_seen_costs_nothing(alice, sketch_house):
    red = Init(image=ImageRef(stored=storage.store_input(flat(255, 0, 0))))
    request = ImageRequest(
        init=red, preprocess=Preprocess(module="blur_gaussian", processor_res=64)
    )
    receipt = sketch_house.draw(alice, request=request)
    sketch_house.work()
    assert sketch_house.task(receipt).spent == 0
    assert Output.objects.get().state == "blocked"
