"""What a fresh installation knows: every name that the published examples use.

Literal tables, and one function that writes them. The example entries are on no backend: each has
an alias to the default, so that a published request runs on whatever the installation has, and
says so in a warning. When a backend brings the real file, the file goes before the alias.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from catalog.kinds import Kind


class Example(NamedTuple):
    kind: Kind
    name: str
    title: str = ""
    version: str = ""
    base_model: str = "SD 1.5"
    sha256: str = ""
    extra: dict[str, Any] = {}  # shared by all: never written to
    has_stand_in: bool = True  # False: what cannot do it refuses it by name


def _embedding(short_name: str, extension: str = ".pt") -> Example:
    return Example(Kind.EMBEDDING, short_name + extension, short_name)


def _controlnet(name: str, module: str) -> Example:
    return Example(Kind.CONTROLNET, name, extra={"module": module}, has_stand_in=False)


ENTRIES: tuple[Example, ...] = (
    Example(Kind.CHECKPOINT, "revAnimated_v122_7371.safetensors", "ReV Animated", "v1.2.2"),
    Example(
        Kind.CHECKPOINT,
        "photon_v1_84728.safetensors",
        "Photon",
        "v1",
        sha256="ec41bd2a8271acde4ae81cac004d9f3300e7fb0870eae8cbfe0bbc4ef8e27f91",
    ),
    Example(
        Kind.LORA,
        "hayasaka_ai_v10_26390.safetensors",
        "Hayasaka Ai 早坂愛 / Kaguya-sama wa Kokurasetai ",  # the blank at the end is published
        "v1",
    ),
    Example(Kind.VAE, "vae-ft-mse-840000-ema-pruned.ckpt"),
    Example(Kind.VAE, "vae-ft-mse-840000-ema-pruned.vae.pt"),
    Example(Kind.VAE, "k1F8Anime2_k1F8Anime2VAE.ckpt"),
    _embedding("FastNegativeV2"),
    _embedding("bad-artist-anime"),
    _embedding("bad-artist"),
    _embedding("bad-hands-5"),
    _embedding("bad-image-v2-39000"),
    _embedding("bad-picture-chill-75v"),
    _embedding("bad_prompt"),
    _embedding("bad_prompt_version2"),
    _embedding("badhandv4"),
    _embedding("by-bad-artist-neg"),
    _embedding("EasyNegative", ".safetensors"),
    Example(Kind.UPSCALER, "ESRGAN_4x", base_model="", extra={"scale": 4.0}),
    _controlnet("control_v11p_sd15_canny", "canny"),
    _controlnet("control_v11f1p_sd15_depth", "depth_midas"),
    _controlnet("control_v11p_sd15_lineart", "lineart_realistic"),
    _controlnet("control_v11p_sd15_mlsd", "mlsd"),
    _controlnet("control_v11p_sd15_normalbae", "normal_bae"),
    _controlnet("control_v11p_sd15_openpose", "openpose"),
    _controlnet("control_v11p_sd15_scribble", "scribble_xdog"),
    _controlnet("control_v11p_sd15_seg", "seg_ufade20k"),
    _controlnet("control_v1p_sd15_brightness", "inpaint_global_harmonious"),
    _controlnet("control_v1p_sd15_qrcode", "inpaint_global_harmonious"),
    _controlnet("control_v11f1e_sd15_tile", "tile_resample"),
    _controlnet("control_v11p_sd15_inpaint", "inpaint_only"),
    _controlnet("control_v11p_sd15s2_lineart_anime", "lineart_anime"),
)

HANFU = "hanfu"


def _style(name: str, title: str, prompt: str, negative_prompt: str = "") -> Example:
    words = {"prompt": prompt, "negative_prompt": negative_prompt}
    return Example(
        Kind.STYLE, name, title, base_model="", extra=words, has_stand_in=False
    )  # fmt: skip


# Written into prompts by us: each may be changed in the admin.
STYLES: tuple[Example, ...] = (
    _style(
        HANFU,
        "Hanfu 汉服",
        "{prompt}, wearing hanfu, traditional Chinese style, portrait, soft light",
        "modern clothing, jeans, suit",
    ),
    _style("QR realistic", "QR: realistic", "photograph, natural light, sharp focus"),
    _style("QR anime", "QR: anime", "anime style, cel shading, vivid colours"),
    _style("QR guofeng", "QR: guofeng 国风", "Chinese gongbi style, fine lines, elegant"),
    _style("QR ink", "QR: ink 水墨", "Chinese ink style, monochrome, misty"),
    _style("QR scifi", "QR: science fiction", "sci-fi style, neon, futuristic"),
)


class Name(NamedTuple):
    kind: Kind
    name: str
    target: str
    dialect: str = ""


# The image models of OpenAI's published parameters, those that it has shut down among them.
OPENAI_MODELS = (
    "gpt-image-1", "gpt-image-1-mini", "gpt-image-1.5", "gpt-image-2", "gpt-image-2-2026-04-21",
    "gpt-image-2.5-sunburst", "gpt-image-2.5-sunburst-2026-09-08", "gpt-image-2.5-flare",
    "gpt-image-2.5-flare-2026-09-08", "gpt-image-2.6-sunburst", "gpt-image-2.6-flare",
    "chatgpt-image-latest", "dall-e-2", "dall-e-3",
)  # fmt: skip

ALIASES: tuple[Name, ...] = (
    *(Name(example.kind, example.name, "") for example in ENTRIES if example.has_stand_in),
    # The seven logical checkpoints of qrapi. Which file each one loads is the operator's choice.
    Name(Kind.CHECKPOINT, "animec", "revAnimated_v122_7371.safetensors", "qrapi"),
    Name(Kind.CHECKPOINT, "real", "photon_v1_84728.safetensors", "qrapi"),
    Name(Kind.CHECKPOINT, "cartoon", "revAnimated_v122_7371.safetensors", "qrapi"),
    Name(Kind.CHECKPOINT, "guofeng", "", "qrapi"),
    Name(Kind.CHECKPOINT, "lux", "", "qrapi"),
    Name(Kind.CHECKPOINT, "animedark", "", "qrapi"),
    Name(Kind.CHECKPOINT, "rockColor", "", "qrapi"),
    # What OpenAI's clients name when their users name nothing.
    *(Name(Kind.CHECKPOINT, name, "", "openai") for name in OPENAI_MODELS),
    Name(Kind.SAMPLER, "euler", "Euler a", "qrapi"),
    Name(Kind.SAMPLER, "fast", "DPM fast", "qrapi"),
    Name(Kind.SAMPLER, "clear", "DPM++ 2M Karras", "qrapi"),
    Name(Kind.SAMPLER, "hard", "DPM++ SDE Karras", "qrapi"),
    Name(Kind.SAMPLER, "csextra", "DPM++ 2S a Karras", "qrapi"),
    # Published spellings of files whose public name is another.
    Name(Kind.CONTROLNET, "control_v11p_sd15_normal_bae", "control_v11p_sd15_normalbae"),
    Name(Kind.CONTROLNET, "control_v11p_sd15s2_linear_anime", "control_v11p_sd15s2_lineart_anime"),
    # "The model's name": what the published options call switches to.
    Name(Kind.CHECKPOINT, "模型名称", "", "sdwebui"),
    # In a published prompt as <lora:exampleStyle:0.5>.
    Name(Kind.LORA, "exampleStyle", ""),
)

# Where nothing but the sketch painter is there to paint: which of its styles is nearest to a
# published checkpoint, by the folded name. The others get its default.
SKETCH_STYLES: dict[str, str] = {
    "guofeng": "sketch-ink",
    "revanimated_v122_7371.safetensors": "sketch-flat",  # animec and cartoon, too
    "animedark": "sketch-pixel",
    "lux": "sketch-poster",
    "rockcolor": "sketch-watercolour",
}

# The 17 published names, then the ones that clients send besides.
SAMPLERS: tuple[str, ...] = (
    "Euler a",
    "Euler",
    "LMS",
    "Heun",
    "DPM2",
    "DPM2 a",
    "DPM++ 2S a",
    "DPM++ 2M",
    "DPM++ SDE",
    "DPM fast",
    "DPM adaptive",
    "LMS Karras",
    "DPM2 Karras",
    "DPM2 a Karras",
    "DPM++ 2S a Karras",
    "DPM++ SDE Karras",
    "DPM++ 2M Karras",
    "DDIM",
    "PLMS",
    "UniPC",
)
DEFAULT_SAMPLER = SAMPLERS[0]

# Ways to enlarge that need no file: what a hires pass does in the latent space or by resampling.
BUILT_IN_UPSCALERS: tuple[str, ...] = (
    "None",
    "Latent",
    "Latent (antialiased)",
    "Latent (bicubic)",
    "Latent (bicubic antialiased)",
    "Latent (nearest)",
    "Latent (nearest-exact)",
    "Lanczos",
    "Nearest",
)
# What clients send to say "the checkpoint's own".
NO_VAE: tuple[str, ...] = ("None", "Automatic")

MODEL_NAMES: dict[Kind, str] = {
    Kind.CHECKPOINT: "Checkpoint",
    Kind.LORA: "Lora",
    Kind.VAE: "Vae",
    Kind.EMBEDDING: "Embedding",
    Kind.CONTROLNET: "ControlNet",
    Kind.UPSCALER: "Upscaler",
    Kind.STYLE: "Style",
}


def install(apps: Any) -> None:
    """Writes whatever of the tables is missing, and the two price rules of a fresh installation.

    ``apps`` is an app registry: a migration's, or ``django.apps.apps``. Running it again changes
    nothing that is there.
    """
    for example in (*ENTRIES, *STYLES):
        row = {
            "title": example.title,
            "version": example.version,
            "base_model": example.base_model,
            "sha256": example.sha256,
            "source": "example",
            "follows_backends": False,
            # As published: clients pass over a checkpoint that is not uploaded, and these run.
            "upload_status": 2 if example.kind == Kind.CHECKPOINT else 0,
        }
        model = apps.get_model("catalog", MODEL_NAMES[example.kind])
        model._default_manager.get_or_create(
            tenant=None, name=example.name, defaults=row | example.extra
        )
    aliases = apps.get_model("catalog", "Alias")._default_manager
    for kind, name, target, dialect in ALIASES:
        aliases.get_or_create(
            tenant=None, kind=kind.value, dialect=dialect, name=name, defaults={"target": target}
        )
    prices = apps.get_model("catalog", "Price")._default_manager
    for priced, minimum in (("image", 0), ("tool", 200)):
        if not prices.filter(tenant=None, kind=priced, checkpoint="").exists():
            prices.create(kind=priced, per_image=minimum)
