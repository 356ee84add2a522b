"""What files say about themselves: written between the pixels' bytes, never through a codec."""

from __future__ import annotations

import json
from io import BytesIO
from xml.etree import ElementTree

import pytest
from PIL import Image, PngImagePlugin

from generation.storage import AiLabel, SourceType, read_label, read_parameters
from generation.storage.metadata import embed, read
from tests.generation.painting import encode, encoded, picture, pixels

PARAMETERS = (
    'a cat, 一只猫 😺 "quoted"\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, Size: 96x64'
)
SOURCES = {
    "png": lambda: encoded("png"),
    "png with alpha": lambda: encode(picture(mode="RGBA"), "png"),
    "png of a palette": lambda: encode(picture().quantize(16), "png"),
    "jpg": lambda: encoded("jpg", quality=90),
    "progressive jpg": lambda: encoded("jpg", progressive=True),
    "grey jpg": lambda: encode(picture().convert("L"), "jpg"),
    "webp": lambda: encoded("webp"),
    "lossless webp": lambda: encoded("webp", lossless=True),
    "lossless webp with alpha": lambda: encode(picture(mode="RGBA"), "webp", lossless=True),
    "lossy webp with alpha": lambda: encode(picture(mode="RGBA"), "webp", quality=50),
    "webp of odd size": lambda: encode(picture(33, 17), "webp"),
}


@pytest.fixture(params=sorted(SOURCES))
def data(request: pytest.FixtureRequest) -> bytes:
    return SOURCES[request.param]()


def labelled(data: bytes, parameters: str = PARAMETERS, **changes: object) -> bytes:
    fields = {"producer": "示例 <AI> & Co", "produce_id": "task-1"} | changes
    return embed(data, parameters=parameters, label=AiLabel(**fields))


def test_pixels_stay(data: bytes) -> None:
    assert (pixels(labelled(data)) == pixels(data)).all()


def test_the_file_says_who_made_it_and_how(data: bytes, label: AiLabel) -> None:
    out = embed(data, parameters=PARAMETERS, label=label)
    assert read_parameters(out) == PARAMETERS
    assert read_label(out) == label


def test_it_costs_under_two_kilobytes(data: bytes) -> None:
    assert 0 < len(labelled(data)) - len(data) < 2048


def test_a_second_label_replaces_the_first(data: bytes) -> None:
    again = labelled(labelled(data), parameters="another", produce_id="task-2")
    found = read_label(again)
    assert found is not None and found.produce_id == "task-2"
    assert read(again)[1].count(b"<TC260:AIGC>") == 1
    assert read_parameters(again) == PARAMETERS  # what the server wrote is better than ours


def test_no_parameters_no_text(data: bytes) -> None:
    out = labelled(data, parameters="")
    assert read_parameters(out) == ""
    assert read_label(out) is not None


@pytest.mark.parametrize("source", list(SourceType))
def test_every_source_type_comes_back(source: SourceType) -> None:
    found = read_label(labelled(encoded("png"), source=source))
    assert found is not None and found.source is source


def test_the_packet_is_xml_with_annex_e_and_iptc() -> None:
    root = ElementTree.fromstring(read(labelled(encoded("jpg")))[1])
    texts = {element.tag: element.text for element in root.iter() if element.text}
    fields = json.loads(texts["{http://www.tc260.org.cn/ns/AIGC/1.0/}AIGC"] or "")
    assert list(fields) == [
        "Label", "ContentProducer", "ProduceID", "ReservedCode1",
        "ContentPropagator", "PropagateID", "ReservedCode2",
    ]  # fmt: skip
    assert fields["Label"] == "1"
    source = texts["{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"]
    assert source == "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def test_pillow_reads_what_we_wrote_in_png() -> None:
    info = Image.open(BytesIO(labelled(encoded("png")))).info
    assert info["parameters"] == PARAMETERS
    assert json.loads(info["AIGC"])["ProduceID"] == "task-1"


def test_pillow_reads_what_we_wrote_in_webp() -> None:
    image = Image.open(BytesIO(labelled(encoded("webp"))))
    assert b"TC260:AIGC" in image.info["xmp"]
    assert image.getexif().get_ifd(0x8769)[0x9286].startswith(b"UNICODE\x00")


@pytest.mark.parametrize(("mode", "alpha"), [("RGB", 0), ("RGBA", 0x10)])
def test_a_lossless_webp_says_in_its_header_whether_it_is_transparent(
    mode: str, alpha: int
) -> None:
    out = labelled(encode(picture(33, 17, mode=mode), "webp", lossless=True))
    assert out[12:16] == b"VP8X"
    assert out[20] == 0x04 | 0x08 | alpha  # XMP, EXIF
    assert out[24:30] == b"\x20\0\0\x10\0\0"  # the canvas, less one


def test_the_servers_own_parameters_stay_in_png() -> None:
    own = PngImagePlugin.PngInfo()
    own.add_itxt("parameters", "the server's 文字", zip=True)
    out = labelled(encoded("png", pnginfo=own))
    assert read_parameters(out) == "the server's 文字"
    assert out.count(b"parameters") == 1


@pytest.mark.parametrize("fmt", ["jpg", "webp"])
def test_the_servers_own_exif_stays(fmt: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "a description"
    out = labelled(encoded(fmt, exif=exif))
    assert Image.open(BytesIO(out)).getexif()[0x010E] == "a description"
    assert read_parameters(out) == PARAMETERS


@pytest.mark.parametrize("fmt", ["png", "jpg", "webp"])
def test_an_xmp_packet_that_was_there_is_joined(fmt: str) -> None:
    said = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-'
        b'rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        b' dc:format="image"/></rdf:RDF></x:xmpmeta>'
    )
    if fmt == "png":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", said.decode())
        source = encoded("png", pnginfo=info)
    else:
        source = encoded(fmt, xmp=said)
    packet = read(labelled(source))[1]
    assert b'dc:format="image"' in packet and b"TC260:AIGC" in packet
    ElementTree.fromstring(packet)


def test_an_icc_profile_stays() -> None:
    out = labelled(encoded("jpg", icc_profile=b"p" * 70_000))  # two segments
    assert Image.open(BytesIO(out)).info["icc_profile"] == b"p" * 70_000


def test_a_text_too_long_for_jpeg_is_left_out_and_the_label_stays() -> None:
    out = labelled(encoded("jpg"), parameters="猫" * 40_000)
    assert read_parameters(out) == ""
    assert read_label(out) is not None


@pytest.mark.parametrize("byte_order", ["utf-16-le", "utf-16-be"])
def test_comments_of_either_byte_order_are_read(byte_order: str) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\x00" + "a cat, 猫".encode(byte_order)
    assert read_parameters(encoded("jpg", exif=exif)) == "a cat, 猫"


def test_nothing_is_found_in_what_says_nothing(data: bytes) -> None:
    assert read_label(data) is None
    assert read_parameters(data) == ""


@pytest.mark.parametrize("junk", [b"", b"GIF89a", b"\x89PNG\r\n\x1a", b"RIFF\0\0\0\0WAVE"])
def test_nothing_is_found_in_what_is_no_picture(junk: bytes) -> None:
    assert read_label(junk) is None


@pytest.mark.parametrize("packet", [b"<TC260:AIGC>[]</TC260:AIGC>", b"<TC260:AIGC>{</TC260:AIGC>"])
def test_a_label_that_is_no_label_is_none(packet: bytes) -> None:
    assert read_label(encoded("jpg", xmp=packet)) is None
