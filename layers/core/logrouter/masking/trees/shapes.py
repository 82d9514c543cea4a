"""What the keys of an object say, worked out once for each set of keys: the records of a log repeat theirs."""

import re
from collections.abc import Callable
from typing import NamedTuple

from logrouter.masking.decoding.views import unescaped_view
from logrouter.masking.trees.tree import Branch
from logrouter.masking.values.keys import KeyPolicy, Verdict

SHAPES_LIMIT = 1024
"""Shapes kept; a service writes a few dozen, a hostile one must not fill the memory."""

SHAPE_LIMIT_CHARS = 2_000
"""Objects with more text in their keys are data, not records, and are not kept."""

NAME_KEY = re.compile(
    r"(?:name|key|k|n|type|field|header|param|parameter|property|attribute|attr|label|variable|var|option|question)"
    r"|(field|key|header|param|parameter|property|attribute|attr|variable|var|option|setting|config|env|column|tag|secret)"
    r"(?:name|key)"
)
"""Keys whose value is the name of what stands beside it; the group is the prefix that both share."""

VALUE_KEYS = frozenset(
    """
    value val v content data text string stringvalue values defaultvalue newvalue oldvalue rawvalue plainvalue
    intvalue rejectedvalue rejected invalidvalue attemptedvalue givenvalue actualvalue instance input old new before
    after previous current received actual setting optionsetting answer
    """.split()  # noqa: SIM905 - a word list reads best as words
)
"""Keys whose value may have its name beside it."""

PATH_KEYS = frozenset({"path", "loc", "instancepath", "datapath", "propertypath", "pointer", "jsonpath"})
"""Keys whose value is the path of what stands beside it; its last part is the name."""

JWK_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "k", "oth"})
"""Keys of the private parts of a JSON Web Key (RFC 7518, 6.2.2, 6.3.2 and 6.4.1)."""

_LOCAL_PARTS = frozenset({"emailid", "emaillocal", "emailname", "emailaccount", "emailuser"})
_DOMAIN_PARTS = frozenset({"emaildomain", "maildomain", "emailhost"})
"""Keys of the parts of an e-mail address that is kept in two fields."""

_LOGPROBS = frozenset({"logprob", "top_logprobs", "token_id", "start_offset", "end_offset", "startOffset", "lemma"})
_MAY_IDENTIFY = re.compile(r"[@=:]|[0-9][^A-Za-z]*[0-9]|[0-9A-Za-z_-]{16}|[^\x00-\x7f]")


class Shape(NamedTuple):
    """The keys of an object, read. All tuples run parallel to the object's keys.

    Args:
        names: the keys without escapes; empty for none.
        folded: the names in lower case without separators.
        verdicts: what the key policy says about each name by itself.
        suspects: positions of names that may hold an identifier themselves (`{"user@example.com": 1}`).
        names_values: one key may name the value of another (`{"name": ..., "value": ...}`).
        is_logprob: the object tells the probability of a language model's token.
        has_kind: the object may be a Kubernetes manifest.
        is_jwk: the object is a JSON Web Key.
    """

    names: tuple[str, ...]
    folded: tuple[str, ...]
    verdicts: tuple[Verdict | None, ...]
    suspects: frozenset[int]
    names_values: bool
    is_logprob: bool
    has_kind: bool
    is_jwk: bool


class Shapes:
    """The shapes of the objects of one rule set.

    Args:
        keys: the key policy.
        opens_gate: whether a name may hold something that a rule looks for.
    """

    def __init__(self, keys: KeyPolicy, opens_gate: Callable[[str], object]) -> None:
        self._keys = keys
        self._opens_gate = opens_gate
        self._escaped: dict[tuple[str, ...], Shape] = {}
        self._plain: dict[tuple[str, ...], Shape] = {}

    def of(self, branch: Branch, *, is_text: bool) -> Shape:
        """Return the shape of an object; `is_text`: its keys stand there with their escapes."""
        known = self._escaped if is_text else self._plain
        raw = tuple(branch.keys)
        shape = known.get(raw)
        if shape is None:
            shape = self._read([plain_text(key) for key in raw] if is_text else branch.keys)
            if sum(map(len, raw)) + len(raw) <= SHAPE_LIMIT_CHARS:
                if len(known) >= SHAPES_LIMIT:
                    known.clear()
                known[raw] = shape
        return shape

    def _read(self, names: list[str]) -> Shape:
        folded = tuple(map(fold_name, names))
        keys = frozenset(folded)
        return Shape(
            names=tuple(names),
            folded=folded,
            verdicts=tuple(map(self._keys.verdict, names))
            if not _splits_address(keys)
            else self._of_address(names, folded),
            suspects=frozenset(at for at, name in enumerate(names) if self._is_suspect(name)),
            names_values=_names_values(folded),
            is_logprob=not _LOGPROBS.isdisjoint(names),
            has_kind="kind" in keys,
            is_jwk="kty" in keys,
        )

    def _of_address(self, names: list[str], folded: tuple[str, ...]) -> tuple[Verdict | None, ...]:
        """Judge the keys of an object that keeps an address in two fields: the first is an identifier as well."""
        email = self._keys.verdict("email")
        local = email and email._replace(piece=1)
        return tuple(
            local if lower in _LOCAL_PARTS else self._keys.verdict(name)
            for name, lower in zip(names, folded, strict=True)
        )

    def _is_suspect(self, name: str) -> bool:
        return bool(_MAY_IDENTIFY.search(name) and self._opens_gate(name))


def _splits_address(keys: frozenset[str]) -> bool:
    return not _DOMAIN_PARTS.isdisjoint(keys) and not _LOCAL_PARTS.isdisjoint(keys)


def _names_values(folded: tuple[str, ...]) -> bool:
    if not 2 <= len(folded) <= 12:
        return False
    has_value = any(lower in VALUE_KEYS or lower.endswith("value") for lower in folded)
    return has_value and any(lower in PATH_KEYS or NAME_KEY.fullmatch(lower) for lower in folded)


def fold_name(name: str) -> str:
    """Return a name in lower case, without the marks between its words."""
    return name.lower().replace("_", "").replace("-", "")


def plain_text(escaped: str) -> str:
    """Return what the inside of a JSON string says."""
    view = unescaped_view(escaped) if "\\" in escaped else None
    return view.text if view else escaped
