from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import Tenant
from catalog import access
from catalog.examples import SAMPLERS
from catalog.kinds import Kind
from catalog.models import Alias, Checkpoint, Lora
from tests.catalog.conftest import Item

Report = Callable[..., object]

PHOTON = "photon_v1_84728.safetensors"
REV = "revAnimated_v122_7371.safetensors"

GOLDEN = {
    Kind.CHECKPOINT: [REV, PHOTON],
    Kind.VAE: [
        "vae-ft-mse-840000-ema-pruned.ckpt",
        "vae-ft-mse-840000-ema-pruned.vae.pt",
        "k1F8Anime2_k1F8Anime2VAE.ckpt",
    ],
    Kind.EMBEDDING: [
        "FastNegativeV2.pt",
        "bad-artist-anime.pt",
        "bad-artist.pt",
        "bad-hands-5.pt",
        "bad-image-v2-39000.pt",
        "bad-picture-chill-75v.pt",
        "bad_prompt.pt",
        "bad_prompt_version2.pt",
        "badhandv4.pt",
        "by-bad-artist-neg.pt",
        "EasyNegative",
    ],
    Kind.UPSCALER: ["ESRGAN_4x"],
    Kind.LORA: ["hayasaka_ai_v10_26390.safetensors", "hayasaka_ai_v10_26390", "exampleStyle"],
}
QRAPI_NAMES = ["animec", "real", "cartoon", "guofeng", "lux", "animedark", "rockColor"]


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, names in GOLDEN.items() for name in names]
)
def test_a_published_name_runs_without_a_gpu_and_says_so(
    sketch: None, kind: Kind, name: str
) -> None:
    found = access.resolve_many(kind, None, [name])[name]
    assert found is not None
    assert found.name == ("sketch" if kind == Kind.CHECKPOINT else "")
    assert found.alias_used == name
    assert found.warning is not None
    assert name in found.warning


@pytest.mark.parametrize("name", QRAPI_NAMES)
def test_the_seven_qrapi_checkpoints_run_in_any_letter_case(sketch: None, name: str) -> None:
    for spelling in (name, name.upper()):
        found = access.resolve_checkpoint(None, spelling, "qrapi")
        assert found is not None
        assert found.name == "sketch"


def test_where_only_sketches_are_painted_a_published_name_gets_the_nearest_style(
    sketch: None, backend_has: Report
) -> None:
    styles = ["sketch-ink", "sketch-flat"]
    backend_has(
        ref=100, checkpoints=[Item(name, base_model="Sketch") for name in ["sketch", *styles]]
    )
    found = [
        access.resolve_checkpoint(None, name, "qrapi") for name in ("guofeng", "animec", "lux")
    ]
    assert [each and each.name for each in found] == ["sketch-ink", "sketch-flat", "sketch"]
    assert found[0] and "sketch-ink" in str(found[0].warning)


def test_a_real_model_goes_before_every_sketch(sketch: None, backend_has: Report) -> None:
    backend_has(ref=100, checkpoints=[Item("sketch-ink", base_model="Sketch")])
    backend_has(ref=7, checkpoints=[Item("real.safetensors", base_model="SDXL")])
    found = access.resolve_checkpoint(None, "guofeng", "qrapi")
    assert found and found.name == "real.safetensors"


@pytest.mark.parametrize(
    ("nickname", "sampler"),
    [
        ("euler", "Euler a"),
        ("fast", "DPM fast"),
        ("clear", "DPM++ 2M Karras"),
        ("hard", "DPM++ SDE Karras"),
        ("csextra", "DPM++ 2S a Karras"),
    ],
)
def test_the_five_sampler_nicknames(catalog: None, nickname: str, sampler: str) -> None:
    found = access.resolve_sampler(None, nickname, "qrapi")
    assert found is not None
    assert found.name == sampler
    assert found.warning is None


def test_a_nickname_of_one_dialect_is_a_plain_name_in_another(catalog: None) -> None:
    found = access.resolve_sampler(None, "euler", "saas")
    assert found is not None
    assert found.name == "Euler"


@pytest.mark.parametrize("name", SAMPLERS)
def test_the_well_known_samplers_in_any_letter_case(catalog: None, name: str) -> None:
    found = access.resolve_sampler(None, name.upper(), "saas")
    assert found is not None
    assert found.name == name


def test_a_sampler_that_only_a_backend_knows(catalog: None, backend_has: Report) -> None:
    backend_has(samplers=["Restart"])
    found = access.resolve_sampler(None, "restart")
    assert found is not None
    assert found.name == "Restart"


@pytest.mark.parametrize(
    "written",
    [
        PHOTON,
        PHOTON.upper(),
        "photon_v1_84728",
        f"{PHOTON} [ec41bd2a82]",
        "photon_v1_84728 [EC41BD2A82]",
        "Photon",
        "ec41bd2a82",
        f"  {PHOTON}  ",
    ],
)
def test_every_way_to_write_a_checkpoint(sketch: None, backend_has: Report, written: str) -> None:
    backend_has(checkpoints=[PHOTON])
    found = access.resolve_checkpoint(None, written, "saas")
    assert found is not None
    assert found.name == PHOTON
    assert found.warning is None


def test_the_real_file_goes_before_the_alias_and_aliases_of_it_follow(
    sketch: None, backend_has: Report
) -> None:
    backend_has(checkpoints=[PHOTON])
    found = access.resolve_checkpoint(None, "real", "qrapi")
    assert found is not None
    assert (found.name, found.alias_used, found.warning) == (PHOTON, "real", None)


def test_a_file_that_a_server_lists_without_its_extension(backend_has: Report) -> None:
    backend_has(loras=["hayasaka_ai_v10_26390"])
    found = access.resolve_lora(None, "hayasaka_ai_v10_26390.safetensors")
    assert found is not None
    assert (found.name, found.warning) == ("hayasaka_ai_v10_26390", None)


def test_a_known_name_without_any_backend_is_known_all_the_same(catalog: None) -> None:
    found = access.resolve_checkpoint(None, REV)
    assert found is not None
    assert found.name == REV
    assert found.entry is not None
    assert not found.entry.present


def test_a_tenants_own_entry_goes_before_a_global_one(
    alice: int, bob: int, backend_has: Report
) -> None:
    backend_has(ref=1, checkpoints=["house.safetensors"])
    backend_has(ref=2, tenant_id=alice, checkpoints=["House.safetensors"])
    hers = access.resolve_checkpoint(alice, "house")
    his = access.resolve_checkpoint(bob, "house")
    assert hers and hers.entry and hers.entry.tenant_id == alice
    assert his and his.entry and his.entry.tenant_id is None


def test_a_tenants_own_alias_goes_before_a_global_one(
    sketch: None, alice: int, backend_has: Report
) -> None:
    backend_has(checkpoints=["a.safetensors"])
    Alias.objects.create(tenant_id=alice, kind=Kind.CHECKPOINT, name="REAL", target="a.safetensors")
    access.invalidate()
    found = access.resolve_checkpoint(alice, "real", "qrapi")
    assert found is not None
    assert found.name == "a.safetensors"


def test_the_default_is_a_real_model_where_there_is_one(sketch: None, backend_has: Report) -> None:
    assert getattr(access.default_checkpoint(None), "name", "") == "sketch"
    backend_has(checkpoints=["b.safetensors", "c.safetensors"])
    assert getattr(access.default_checkpoint(None), "name", "") == "b.safetensors"


def test_the_default_is_the_marked_one_unless_the_tenant_chose(
    sketch: None, alice: int, backend_has: Report
) -> None:
    backend_has(checkpoints=["b.safetensors", "c.safetensors"])
    Checkpoint.objects.filter(name="sketch").update(is_default=True)
    access.invalidate()
    assert getattr(access.default_checkpoint(alice), "name", "") == "sketch"
    Tenant.objects.filter(pk=alice).update(default_checkpoint="c")
    access.invalidate()
    assert getattr(access.default_checkpoint(alice), "name", "") == "c.safetensors"


def test_an_empty_name_is_the_default_of_its_kind(sketch: None) -> None:
    checkpoint = access.resolve_checkpoint(None, "")
    sampler = access.resolve_sampler(None, " ")
    vae = access.resolve_vae(None, "Automatic")
    assert checkpoint and (checkpoint.name, checkpoint.warning) == ("sketch", None)
    assert sampler and sampler.name == "Euler a"
    assert vae and (vae.name, vae.warning) == ("", None)


def test_upscalers_that_need_no_file(catalog: None) -> None:
    found = access.resolve_upscaler(None, "latent (Nearest)")
    assert found is not None
    assert (found.name, found.warning) == ("Latent (nearest)", None)


def test_a_published_misspelling_of_a_controlnet_model(backend_has: Report) -> None:
    backend_has(controlnets=["control_v11p_sd15s2_lineart_anime"])
    found = access.resolve_controlnet(None, "control_v11p_sd15s2_linear_anime [3825e83e]")
    assert found is not None
    assert found.name == "control_v11p_sd15s2_lineart_anime"


def test_a_controlnet_model_that_a_server_lists_with_its_hash(backend_has: Report) -> None:
    backend_has(controlnets=[Item("control_v1p_sd15_qrcode [d14c016b]")])
    found = access.resolve_controlnet(None, "control_v1p_sd15_qrcode")
    assert found
    assert found.name == "control_v1p_sd15_qrcode [d14c016b]"


def test_a_lora_fits_its_own_family_and_an_unknown_one() -> None:
    lora = Lora(name="x", base_model="SDXL")
    assert access.fits(lora, Checkpoint(name="y", base_model="sdxl"))
    assert access.fits(lora, Checkpoint(name="y"))
    assert not access.fits(lora, Checkpoint(name="y", base_model="SD 1.5"))


def test_choices_are_what_can_really_run(sketch: None, alice: int, backend_has: Report) -> None:
    backend_has(ref=7, tenant_id=alice, checkpoints=["mine.safetensors"])
    assert [row.name for row in access.choices(Kind.CHECKPOINT, alice)] == [
        "mine.safetensors",
        "sketch",
    ]


def test_a_second_look_asks_the_database_nothing(
    sketch: None, django_assert_num_queries: Callable[..., object]
) -> None:
    access.resolve_checkpoint(None, "real", "qrapi")
    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        access.resolve_checkpoint(None, REV, "saas")
        access.resolve_checkpoint(None, "no such thing", "saas")


def test_another_tenants_lora_is_like_one_that_never_existed(
    sketch: None, alice: int, bob: int
) -> None:
    Lora.objects.create(tenant_id=alice, name="secret.safetensors", title="Secret", present=True)
    access.invalidate()
    assert access.resolve_lora(alice, "secret") is not None
    for written in ("secret", "secret.safetensors", "Secret"):
        assert access.resolve_lora(bob, written) is None
        assert access.resolve_lora(None, written) is None
    assert access.resolve_lora(bob, "no such thing") is None


def test_another_tenants_alias_leads_nowhere(sketch: None, alice: int, bob: int) -> None:
    Alias.objects.create(tenant_id=alice, kind=Kind.CHECKPOINT, name="mine", target="sketch")
    access.invalidate()
    assert access.resolve_checkpoint(alice, "mine") is not None
    assert access.resolve_checkpoint(bob, "mine") is None


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind != Kind.STYLE])
def test_an_unknown_name_is_refused(sketch: None, kind: Kind) -> None:
    assert access.resolve_many(kind, None, ["no-such-thing"]) == {"no-such-thing": None}


def test_the_same_name_with_another_extension_is_another_file(backend_has: Report) -> None:
    backend_has(checkpoints=["house.safetensors"])
    assert access.resolve_checkpoint(None, "house.ckpt") is None


def test_what_was_taken_offline_by_hand_no_alias_brings_back(sketch: None) -> None:
    Checkpoint.objects.filter(name=REV).update(online=False, follows_backends=False)
    access.invalidate()
    assert access.resolve_checkpoint(None, REV) is None
    assert access.resolve_checkpoint(None, "animec", "qrapi") is None


def test_a_circle_of_aliases_is_an_unknown_name(sketch: None) -> None:
    Alias.objects.create(kind=Kind.CHECKPOINT, name="one", target="two")
    Alias.objects.create(kind=Kind.CHECKPOINT, name="two", target="one")
    access.invalidate()
    assert access.resolve_checkpoint(None, "one") is None


def test_a_qrapi_name_is_unknown_to_other_dialects(sketch: None) -> None:
    assert access.resolve_checkpoint(None, "guofeng", "saas") is None
