"""Base64 runs in text: decoded apart, and masked whole where they hide something."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator

from logrouter.masking.decoding.compressed import Opening, is_compressed
from logrouter.masking.edits import SECRET, Edit

_ASCII = "[I-Za-f][C-HS-Xi-ny-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9+/_-]"
_HANGUL = "[67][I-LY-bo-r4-7][CGKOSWaeimquy26+-][A-Za-z0-9+/_-]"

_WHOLE = f"(?:{_ASCII}|{_HANGUL})"
_OPENS_1 = "[I-Za-f][Oeu+-][quy2][A-Za-z0-9+/_-]"
_OPENS_2 = "[I-Za-f][C-HS-Xi-ny-z0-3][DHLPTXbfjnrvz37/_][q-t]"
_FROM_1 = "[g-v][C-HS-Xi-ny-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9+/_-]"
_FROM_1_TO_1 = "[g-v][Oeu+-][quy2][A-Za-z0-9+/_-]"
_FROM_1_TO_2 = "[g-v][C-HS-Xi-ny-z0-3][DHLPTXbfjnrvz37/_][q-t]"
_FROM_2 = "[g-v][I-LY-bo-r4-7][ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9+/_-]"
_FROM_2_TO_2 = "[g-v][I-LY-bo-r4-7][DHLPTXbfjnrvz37/_][q-t]"
"""Groups of four by how many bytes of a syllable they leave open for the next group, or take from the one before."""

_THEN_0 = f"(?:{_ASCII}|{_HANGUL}|{_OPENS_1}|{_OPENS_2})"
_THEN_1 = f"(?:{_FROM_1}|{_FROM_1_TO_1}|{_FROM_1_TO_2})"
_THEN_2 = f"(?:{_FROM_2}|{_FROM_2_TO_2})"

TEXT_RUN = (
    f"{_WHOLE}(?:{_WHOLE}{_THEN_0}|{_OPENS_1}{_THEN_1}|{_OPENS_2}{_THEN_2})"
    f"|{_OPENS_1}(?:{_FROM_1}{_THEN_0}|{_FROM_1_TO_1}{_THEN_1}|{_FROM_1_TO_2}{_THEN_2})"
    f"|{_OPENS_2}(?:{_FROM_2}{_THEN_0}|{_FROM_2_TO_2}{_THEN_2})"
)
"""Three groups of four that decode to printable ASCII and Hangul, however their bytes fall into the groups: a random
run matches once in 2,000 positions."""

_ANY = "[A-Za-z0-9+/_-]"
RUN_HEAD = (
    f"(?:ey[IJA]|ewog|W3si|Wy[IJ])(?:{_ANY}{{9}})"
    f"|[I-Za-f](?:[Oeu+-](?:KA[ij]|KBo|[+-]7v|[+-]4j)|[Mcs8]Kt){_ANY}{{8}}"
    f"|(?:77[y0]|2a[DHLPTXbfjn]Z|4KW[m-v]|4Lm[Q-Z]|8J2[cdef]){_ANY}{{9}}"
    f"|[K-O]{_ANY}{{3}}(?:{_ANY}{{4}})?(?:4o[Ci]|77[ym]|[I-Za-f][Oeu+-](?:KA[klm]|[+-][89][k-n]|KI[k-n])){_ANY}{{4}}"
    f"|[67]{_ANY}{{3}}(?:4oC[LMN]|4oGg|77u_|wq3){_ANY}{{4}}"
    f"|[K-O]{_ANY}(?:[A-Za-z0-9]i[gI]|[A-Za-z0-9]v[vu]){_ANY}{{6}}"
    f"|e(?:J[w-z]|N[o-r]|F[4-7]|A[E-H]){_ANY}{{13}}"
)
"""Heads of runs that decode to JSON, or to a number or word in disguise: digits of other scripts and fullwidth ones,
invisible characters between letters, dashes of Unicode behind the first digits; what zlib has compressed."""

GZIP_RUN = "H4sI[A-Za-z0-9+/_-]{12}"

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_STRETCH = re.compile(rb"[\x20-\x7e\x80-\xff]{6,}")
"""Printable text in binary data: strings of protobuf, of Java's serialization, of aggregated Kinesis records."""

_RUN = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_STARTS = re.compile(f"{TEXT_RUN}|{GZIP_RUN}")
_HEAD = re.compile(RUN_HEAD)


LABEL_REACH = 24
"""A label may stand this many characters in front of a run."""

type Hides = Callable[[str, str], bool]
"""(decoded text, what stands in front of the run) -> whether it hides something."""


def find_encoded(text: str, hides_something: Hides, opening: Opening) -> Iterator[Edit]:
    """Yield an edit for every base64 run whose decoded text `hides_something`, or that `opening` leaves unread."""
    for run in _RUN.finditer(text):
        start = _HEAD.match(text, run.start()) or _STARTS.search(text, run.start(), run.end())
        if start is None:
            continue
        begin = start.start() - (start.start() - run.start()) // 4 * 4
        before = text[max(0, begin - LABEL_REACH) : begin]
        if _hides(text[begin : run.end()], before, hides_something, opening):
            yield Edit(begin, run.end(), SECRET, "encoded")
        elif begin != start.start() and _hides(text[start.start() : run.end()], "", hides_something, opening):
            yield Edit(start.start(), run.end(), SECRET, "encoded")
        elif begin != run.start() and _hides(run[0], "", hides_something, opening):
            yield Edit(*run.span(), SECRET, "encoded")


def _hides(run: str, before: str, hides_something: Hides, opening: Opening) -> bool:
    decoded = _decoded(run, opening)
    if decoded is None or not opening.spend(len(decoded)):
        return True
    return bool(decoded) and hides_something(decoded, before)


def _decoded(run: str, opening: Opening) -> str | None:
    """Return the text in a run; None when there is more of it than is read."""
    body = run.rstrip("=").replace("-", "+").replace("_", "/")
    body = body[: len(body) - (len(body) % 4 == 1)]
    try:
        octets = base64.b64decode(body + "=" * (-len(body) % 4))
    except binascii.Error:
        return ""
    if not is_compressed(octets):
        return text_of(octets)
    inflated = opening.inflate(octets)
    return None if inflated is None else text_of(inflated)


def text_of(octets: bytes) -> str:
    """Return the text that bytes are in UTF-8; of others the printable stretches, line by line; empty for none."""
    text = octets.decode("utf-8", "replace")
    strange = text.count("\ufffd") + len(_CONTROL.findall(text))
    if strange * 16 <= len(text) + 16:
        return text
    return "\n".join(_CONTROL.sub("", stretch.decode("utf-8", "ignore")) for stretch in _STRETCH.findall(octets))
