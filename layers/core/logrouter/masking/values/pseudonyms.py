"""Pseudonyms: the same value gives the same name, to whoever has the key; nobody can read the value off the name.

A pseudonym is `<class>-<key id>-<20 letters>`: `user-k3-ghjklmnpqrstvwxzghjk`. The letters are the first 80 bits of
an HMAC-SHA256, four bits a letter, without vowels and digits: no other rule can take them for a number, an address, a
word or an encoded text, so masking again changes nothing.
"""

import base64
import binascii
import hmac
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from logrouter.errors import SecretError
from logrouter.masking.edits import SECRET

USER, EMAIL, OTHER = "user", "email", "id"
"""Classes of values. The same text of two classes gives two pseudonyms that nobody can connect."""

KEY_BYTES = 32
"""A key has at least the length of the hash (RFC 2104, section 3)."""

CODE_BYTES = 10
"""80 bits: among a thousand million users two share a pseudonym with a probability of less than one in a million."""

_LETTERS = str.maketrans("0123456789abcdef", "ghjklmnpqrstvwxz")
_KEY_ID = re.compile(r"k[0-9]{1,6}")
_PSEUDONYM = re.compile(f"(?:{USER}|{EMAIL}|{OTHER})-{_KEY_ID.pattern}-[ghj-np-tv-xz]{{{2 * CODE_BYTES}}}")
_ADDRESS = re.compile(r"[^\s@]{1,64}@[^\s@]+\.[^\s@]{2,63}")
_UNSEEN = frozenset({"Cf", "Mn", "Cc"})


def is_pseudonym(value: str) -> bool:
    """Say whether a value has the form of a pseudonym."""
    return bool(_PSEUDONYM.fullmatch(value.strip()))


@dataclass(frozen=True, slots=True)
class PseudonymKeys:
    """The keys of an installation.

    Args:
        current: id of the key that new pseudonyms are made with.
        keys: key id to key; older ones stay as long as somebody may want to follow their pseudonyms.
    """

    current: str
    keys: Mapping[str, bytes] = field(repr=False)

    def pseudonym(self, kind: str, value: str, key: str | None = None) -> str:
        """Return the pseudonym of a value of a class, with the current key or the one named.

        Raises:
            SecretError: there is no key of that id (any more).
        """
        name = key or self.current
        if name not in self.keys:
            raise SecretError(f"pseudonym keys: there is no key {name[:8]}")
        kind = EMAIL if kind == USER and _ADDRESS.fullmatch(value.strip()) else kind
        text = f"{kind}\x1f{_normal(kind, value)}".encode("utf-8", "surrogatepass")
        code = hmac.digest(self.keys[name], text, "sha256")[:CODE_BYTES].hex().translate(_LETTERS)
        return f"{kind}-{name}-{code}"


def _normal(kind: str, value: str) -> str:
    """Return what all spellings of a value have in common; only of an e-mail address capitals mean nothing."""
    plain = unicodedata.normalize("NFKC", value)
    plain = "".join(char for char in plain if unicodedata.category(char) not in _UNSEEN).strip()
    return plain.casefold() if kind == EMAIL else plain


class Pseudonyms:
    """What the rules of one masker make pseudonyms with; the keys may change at any time.

    Without keys every value is hidden whole: never raw, never a hash that could be guessed without a key.
    """

    __slots__ = ("keys",)

    def __init__(self, keys: PseudonymKeys | None = None) -> None:
        self.keys = keys

    def mask(self, kind: str) -> Callable[[str], str]:
        """Return the mask that puts pseudonyms of a class in the place of values."""

        def pseudonym(value: str) -> str:
            if self.keys is None:
                return SECRET
            return value if is_pseudonym(value) else self.keys.pseudonym(kind, value)

        return pseudonym


def parse_keys(text: str) -> PseudonymKeys:
    """Read keys from text: the JSON object of `read_keys`, or one bare key in base64, which gets the id `k1`.

    Raises:
        SecretError: it is neither; the message quotes nothing of it.
    """
    text = text.strip()
    if not text.startswith("{"):
        return read_keys({"key": text})
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise SecretError("pseudonym keys: start like JSON but are not") from None
    return read_keys(fields)


def read_keys(fields: Mapping[str, object]) -> PseudonymKeys:
    """Read `{"current": "k3", "keys": {"k3": "<base64 of 32 bytes or more>", "k2": ...}}`, or `{"key": "<base64>"}`.

    Raises:
        SecretError: naming what is wrong and where, never a value.
    """
    if "keys" not in fields and "key" in fields:
        fields = {"current": "k1", "keys": {"k1": fields["key"]}}
    current, listed = fields.get("current"), fields.get("keys")
    if not isinstance(current, str) or not isinstance(listed, dict):
        raise SecretError('pseudonym keys: need "current" and "keys"')
    keys: dict[str, bytes] = {}
    for at, (name, text) in enumerate(listed.items()):
        if not _KEY_ID.fullmatch(str(name)):
            raise SecretError(f'pseudonym keys: the id of key {at} is not "k" and one to six digits')
        keys[str(name)] = _key(str(name), text)
    if current not in keys:
        raise SecretError('pseudonym keys: "current" names a key that is not there')
    return PseudonymKeys(current, keys)


def _key(name: str, text: object) -> bytes:
    try:
        key = base64.b64decode(text if isinstance(text, str) else "", validate=True)
    except (binascii.Error, ValueError):
        raise SecretError(f"pseudonym keys: key {name} is not base64") from None
    if len(key) < KEY_BYTES:
        raise SecretError(f"pseudonym keys: key {name} has fewer than {KEY_BYTES} bytes")
    return key
