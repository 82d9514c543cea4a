"""IP addresses in text, for those who count them as personal data: their last part or all of them hidden.

Told from what looks like them: versions, object identifiers, times, MAC addresses, names with `::`. What names no
one stays: loopback, unspecified, broadcast, net masks, the address of instance metadata, networks (`10.0.0.0/16`).
"""

import re
from collections.abc import Iterator

from logrouter.masking.edits import SECRET, Edit

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_V4 = re.compile(rf"(?<![0-9A-Za-z])(?<![0-9A-Za-z]\.)(?<!\*\.){_OCTET}(?:\.{_OCTET}){{3}}(?![0-9A-Za-z]|\.[0-9*]|\*)")
_HOST = re.compile(rf"(?i)(?<![0-9a-z])(?:ip|ec2)-({_OCTET}(?:-{_OCTET}){{3}})(?![0-9a-z]|-[0-9])")
_V6 = re.compile(
    r"(?:(?<=[vV]6:)|(?<=[G-Zg-z]:)|(?<![0-9A-Za-z:.]))(?:(?:[0-9a-fA-F]{1,4}:){1,7}:?|::)(?:[0-9a-fA-F]{1,4}:){0,6}"
    rf"(?:{_OCTET}(?:\.{_OCTET}){{3}}|[0-9a-fA-F]{{1,4}}|(?<=::))(?![0-9A-Za-z:]|\.[0-9])"
)
_V6_HEAD = re.compile(r"(?i)(?:[23][0-9a-f]{3}|f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]|0{0,4}64:ff9b|(?:0{0,4}:){1,6}ffff):")
_PAIRS = re.compile(r"(?:[0-9a-fA-F]{2}:)+[0-9a-fA-F]{2}")

_NOBODY = re.compile(r"127\.|0\.0\.0\.0$|255\.|169\.254\.169\.254$|(?:[0-9]+\.){3}255$")
_PRIVATE = re.compile(r"10\.|192\.168\.|172\.(?:1[6-9]|2[0-9]|3[01])\.")
_NETWORK = re.compile(r"/(?:[0-9]|1[0-9]|2[0-9]|3[01])(?![0-9])")

_VERSION = re.compile(
    r"(?i)(?:(?<![a-z])(?:v|ver|rel|rev|build|sdk|oid|firmware|section|chapter)|version|release|revision|버전|펌웨어)"
    r"[a-z_]{0,8}[\"'\\]{0,3}\s{0,3}[:=]?\s{0,3}[\"'\\(]{0,3}[v^~<>= ]{0,3}$"
)
_VERSION_LABEL = re.compile(
    r"(?i)(?:version|release|revision|firmware|build|oid|(?<![a-z])(?:ver|rev))[a-z_]{0,8}$|버전"
)
_PRODUCT = re.compile(r"[A-Za-z_)][\w+-]{0,40}[/@]$")
_PACKAGE = re.compile(r"[A-Za-z0-9][-_]$")
_HOST_NAME = re.compile(r"[A-Za-z0-9-]+\.[A-Za-z0-9.-]+[/@]$|localhost/$")
_BUILD = re.compile(r"[-+][A-Za-z]|[-_.](?:jar|war|zip|tgz|tar|whl|deb|rpm|exe|msi|dmg|apk)\b")
_REACHED = re.compile(r":[0-9]{1,5}(?![0-9])|\]")
LOOK_BACK_CHARS = 48


def find_last_octets(text: str, label: str = "") -> Iterator[Edit]:
    """Yield an edit for each address: `203.0.113.***`, and of IPv6 the last 64 bits: `2001:db8:0:1:***`."""
    for start, end, is_reversed in _places(text, label):
        address = text[start:end]
        mark = "." if "." in address else "-" if "-" in address else ":"
        if ":" in address and mark == ".":
            yield Edit(start + address.rfind(".") + 1, end, "***", "ip.last_octet")
        elif mark == ":":
            yield Edit(start, end, _first_half(address), "ip.last_octet")
        elif is_reversed:
            yield Edit(start, start + address.find("."), "***", "ip.last_octet")
        else:
            yield Edit(start + address.rfind(mark) + 1, end, "***", "ip.last_octet")


def find_whole(text: str, label: str = "") -> Iterator[Edit]:
    """Yield an edit for each address that hides all of it."""
    for start, end, _ in _places(text, label):
        yield Edit(start, end, SECRET, "ip.whole")


def _places(text: str, label: str) -> Iterator[tuple[int, int, bool]]:
    """Yield start and end of each address, and whether it is written backwards (`77.113.0.203.in-addr.arpa`)."""
    sixes = [six.span() for six in _V6.finditer(text) if _is_v6(six[0])] if ":" in text else []
    for start, end in sixes:
        yield start, end, False
    for host in _HOST.finditer(text):
        if not _NOBODY.match(host[1].replace("-", ".")):
            yield *host.span(1), False
    if _VERSION_LABEL.search(label):
        return
    taken = {end for _, end in sixes}
    for four in _V4.finditer(text):
        if four.end() not in taken and _is_v4(text, four):
            yield *four.span(), text.startswith(".in-addr.arpa", four.end())


def _is_v4(text: str, four: re.Match[str]) -> bool:
    start, end = four.span()
    address = four[0]
    if _NOBODY.match(address) or (address.endswith(".0") and _NETWORK.match(text, end)):
        return False
    before = text[max(0, start - LOOK_BACK_CHARS) : start]
    if _VERSION.search(before):
        return False
    if _PRIVATE.match(address) or "://" in before[-24:] or _REACHED.match(text, end):
        return True
    if _BUILD.match(text, end):
        return False
    is_product = _PRODUCT.search(before) and not _HOST_NAME.search(before)
    return not is_product and not _PACKAGE.search(before)


def _is_v6(text: str) -> bool:
    """Say whether a run of hexadecimal groups is an address of somebody."""
    if not _V6_HEAD.match(text) or _PAIRS.fullmatch(text):
        return False
    if "." in text:
        return not _NOBODY.match(text[text.rfind(":") + 1 :])
    groups = text.count(":") + 1
    return groups == 8 or ("::" in text and groups <= 8 and text.count("::") == 1 and ":::" not in text)


def _first_half(address: str) -> str:
    """Return the first 64 bits, as RFC 5952 writes groups, and a mask for the rest."""
    head, _, tail = address.partition("::")
    front = head.split(":") if head else []
    back = tail.split(":") if tail else []
    groups = front if "::" not in address else [*front, *["0"] * (8 - len(front) - len(back)), *back]
    return ":".join(group.lstrip("0").lower() or "0" for group in groups[:4]) + ":***"


FINDERS = {"ip.last_octet": find_last_octets, "ip.whole": find_whole}

GATES = (
    r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]",
    r"(?i)(?:ip|ec2)-[0-9]{1,3}-[0-9]{1,3}-[0-9]{1,3}-[0-9]",
    r"(?:[23][0-9a-fA-F]{3}|[fF][cCdD][0-9a-fA-F]{2}|[fF][eE][89abAB][0-9a-fA-F]|64:[fF][fF]9[bB]|:[fF]{4}):",
)
"""What opens for every address there could be."""
