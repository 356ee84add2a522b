from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch

from generation.engine.diffusion.noise import Source, seeded, slerp

SHAPE = (4, 8, 8)


@dataclass
class Asked:
    seed: int = 1
    subseed: int = 0
    subseed_strength: float = 0.0
    seed_resize_from: tuple[int, int] | None = None
    width: int = 64
    height: int = 64


def first(**more: object) -> torch.Tensor:
    return Source([Asked(**more)], SHAPE).first()[0]  # type: ignore[arg-type]


def test_noise_is_torchs_own_for_the_seed() -> None:
    """As WebUI's with its noise source on the CPU, and diffusers' with a CPU generator."""
    assert torch.equal(first(seed=7), torch.randn(SHAPE, generator=seeded(7)))


def test_a_batch_has_the_noise_of_its_pictures_alone() -> None:
    together = Source([Asked(1), Asked(2)], SHAPE)
    alone = [Source([Asked(1)], SHAPE), Source([Asked(2)], SHAPE)]
    for _ in range(3):
        assert torch.equal(together.first(), torch.cat([one.first() for one in alone]))
        assert torch.equal(together.next(), torch.cat([one.next() for one in alone]))


def test_later_noise_differs_from_the_first() -> None:
    source = Source([Asked()], SHAPE)
    assert not torch.equal(source.first(), source.next())


@pytest.mark.parametrize(("strength", "seed"), [(0.0, 1), (1.0, 9)])
def test_subseed_goes_from_one_noise_to_the_other(strength: float, seed: int) -> None:
    mixed = first(seed=1, subseed=9, subseed_strength=strength)
    assert torch.allclose(mixed, first(seed=seed), atol=1e-6)


def test_a_mixture_has_the_spread_of_noise() -> None:
    low, high = torch.randn(4, 64, 64), torch.randn(4, 64, 64)
    assert float(slerp(0.5, low, high).std()) == pytest.approx(1.0, abs=0.03)


def test_parallel_noises_are_mixed_in_a_line() -> None:
    noise = first()
    assert torch.allclose(slerp(0.3, noise, noise), noise)


def test_a_smaller_noise_lies_in_the_middle_of_a_larger_picture() -> None:
    resized = first(seed_resize_from=(32, 32))
    small = torch.randn((4, 4, 4), generator=seeded(1))
    assert torch.equal(resized[:, 2:6, 2:6], small)


def test_a_larger_noise_is_cut() -> None:
    resized = first(seed_resize_from=(128, 128))
    large = torch.randn((4, 16, 16), generator=seeded(1))
    assert torch.equal(resized, large[:, 4:12, 4:12])


def test_the_same_size_changes_nothing() -> None:
    assert torch.equal(first(seed_resize_from=(64, 64)), first())
