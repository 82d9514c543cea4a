"""What a name says of everything inside the object or list under it: `{"credentials": {"a": "x"}}`."""

from logrouter.masking.trees.shapes import JWK_PRIVATE, VALUE_KEYS, Shape
from logrouter.masking.trees.tree import Branch, Leaf
from logrouter.masking.values.keyed import KEYED
from logrouter.masking.values.keys import KeyPolicy, Verdict

_GENERIC_KEYS = frozenset(
    """
    number value no num raw text full original plain val v n
    """.split()  # noqa: SIM905 - a word list reads best as words
)
_INHERITED = frozenset(
    {"secret", "countable", "credential", "pass", "token", "reference", "directory", "strings", "count", "buried"}
)
SECRET_LISTS = _INHERITED - {"count", "strings"}
"""Under such a key a list holds secrets alone: no value in it names another."""

_BURYING = frozenset({"secret", "buried"})
"""Under such a key even an object that tells a fact may hold the secret itself."""

INHERITED_SETTING_DIGITS = 3
"""A number of so few digits inside a secret container sets something up (`"password": {"history": 5}`)."""

SECRET_DATA = Verdict("key.secret", "secret")
_SECRET_PARTS = dict.fromkeys(("data", "stringdata"), SECRET_DATA)
_KEY_PARTS = dict.fromkeys(JWK_PRIVATE, Verdict("key.jwk", "secret"))


def verdict_under(name: str, inherited: Verdict | None, keys: KeyPolicy, *, is_container: bool) -> Verdict | None:
    """Return the word on the value under a name inside something that a name above has its word on."""
    verdict = stronger(keys.verdict(name), inherited)
    if inherited is None or (verdict is not None and verdict is not inherited):
        return verdict
    if inherited is SECRET_DATA:
        return inherited  # whatever the key
    if inherited.check in _INHERITED:
        if keys.is_fact(name):
            is_burying = is_container and inherited.check in _BURYING
            return inherited._replace(check="buried", piece=0) if is_burying else None
        is_part = keys.names_part(name)
        return inherited._replace(piece=0, setting_digits=0 if is_part else INHERITED_SETTING_DIGITS)
    lower = name.lower().replace("_", "")
    return inherited if lower in _GENERIC_KEYS or lower in VALUE_KEYS else None


def stronger(own: Verdict | None, inherited: Verdict | None) -> Verdict | None:
    """Return the word on a value inside a container: a secret container's goes before that of an identifier's name."""
    if own is None or (inherited is not None and inherited.check in _INHERITED and own.check in KEYED):
        return inherited
    return own


def parts_of(branch: Branch, shape: Shape) -> dict[str, Verdict]:
    """Return what is secret in an object of a known kind, by folded key: a Kubernetes Secret, a JSON Web Key."""
    if shape.is_jwk:
        return _KEY_PARTS
    return _SECRET_PARTS if _is_kubernetes_secret(branch, shape) else {}


def _is_kubernetes_secret(branch: Branch, shape: Shape) -> bool:
    return shape.has_kind and any(
        key == "kind" and isinstance(child, Leaf) and child.value == "Secret"
        for key, child in zip(branch.keys, branch.children, strict=True)
    )
