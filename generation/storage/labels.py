"""The label that says: made by an AI. As the file carries it: one XMP packet.

Two standards ask for it:

* GB 45438-2025 (China, mandatory since 2025-09-01), annex E: a JSON of seven fields under the key
  ``AIGC``; in XMP the property ``TC260:AIGC``. ``Label`` "1" = generated, "2" = probably, "3" =
  suspected.
* IPTC Photo Metadata: ``Iptc4xmpExt:DigitalSourceType``, an address of IPTC's vocabulary; what
  C2PA, search engines and the European AI Act's code of practice read.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from xml.sax.saxutils import escape, unescape

_AIGC_NAMESPACE = "http://www.tc260.org.cn/ns/AIGC/1.0/"
_IPTC_NAMESPACE = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_AIGC = re.compile(r"<TC260:AIGC>(.*?)</TC260:AIGC>", re.DOTALL)
_SOURCE = re.compile(r"<Iptc4xmpExt:DigitalSourceType>(.*?)</Iptc4xmpExt:DigitalSourceType>")
_PACKET_BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'


class SourceType(StrEnum):
    """IPTC's words for how a picture came to be."""

    TRAINED = "trainedAlgorithmicMedia"  # a model drew it from words
    COMPOSITE = "compositeWithTrainedAlgorithmicMedia"  # a model changed a given picture
    ALGORITHMIC = "algorithmicMedia"  # a program without a trained model drew it


@dataclass(frozen=True, kw_only=True)
class AiLabel:
    """``producer``: the service's name or its code in the national register (GB 45438-2025,
    ContentProducer). ``produce_id``: what we find the picture by."""

    producer: str
    produce_id: str
    source: SourceType = SourceType.TRAINED

    def aigc(self) -> str:
        """Annex E's JSON."""
        fields = {
            "Label": "1",
            "ContentProducer": self.producer,
            "ProduceID": self.produce_id,
            "ReservedCode1": "",
            "ContentPropagator": "",
            "PropagateID": "",
            "ReservedCode2": "",
        }
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))

    def to_xmp(self, packet: bytes = b"") -> bytes:
        """An XMP packet with the label, joined to what ``packet`` already said.

        A label of somebody else in ``packet`` is dropped with it: two would contradict.
        """
        said = packet.decode("utf-8", "replace")
        head, end, tail = said.partition("</rdf:RDF>")
        if end and not _AIGC.search(said) and not _SOURCE.search(said):
            return (head + self._description() + end + tail).encode()
        return (
            f'{_PACKET_BEGIN}<x:xmpmeta xmlns:x="adobe:ns:meta/">'
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
            f'{self._description()}</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
        ).encode()

    def _description(self) -> str:
        return (
            f'<rdf:Description rdf:about="" xmlns:TC260="{_AIGC_NAMESPACE}"'
            f' xmlns:Iptc4xmpExt="{_IPTC_NAMESPACE}">'
            f"<TC260:AIGC>{escape(self.aigc())}</TC260:AIGC>"
            f"<Iptc4xmpExt:DigitalSourceType>{_VOCABULARY}{self.source}"
            "</Iptc4xmpExt:DigitalSourceType></rdf:Description>"
        )


def from_xmp(packet: bytes) -> AiLabel | None:
    """The label in a packet, or None where it has none that we understand."""
    text = packet.decode("utf-8", "replace")
    aigc, source = _AIGC.search(text), _SOURCE.search(text)
    if not aigc:
        return None
    try:
        fields = json.loads(unescape(aigc[1], {"&quot;": '"'}))
        word = source[1].removeprefix(_VOCABULARY) if source else SourceType.TRAINED
        return AiLabel(
            producer=str(fields["ContentProducer"]),
            produce_id=str(fields["ProduceID"]),
            source=SourceType(word),
        )
    except (KeyError, TypeError, ValueError):
        return None
