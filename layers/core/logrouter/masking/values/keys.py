"""Key policy: does the name of a field say that its value is sensitive?

A key is folded and split into words (`x-DB_passwordHash2` is `x db password hash`); rules name words. A fact about a
secret (`passwordChangedAt`, `total_tokens`) is no secret.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from logrouter.masking.decoding.views import fold
from logrouter.model import Json

KEY_LIMIT_CHARS = 160
"""Longer keys are no names but data; only their last characters are read as words."""

CACHE_LIMIT = 8192
"""Verdicts kept by key; a service uses a few hundred keys, a hostile one must not fill the memory."""

_PIECES = {"first": 1, "front": 1, "mid": 2, "middle": 2, "second": 2}
"""Words that number the parts of a split field like digits do."""

_SETTABLE = frozenset({"secret", "token", "countable", "credential", "reference"})
"""Checks of rules whose names may go on to tell what is set up about the secret."""

_SPLIT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[\uac00-\ud7a3]+")


type KeyedMask = Callable[[str, int], str | None]
"""(value, piece) -> the masked value, None for one that is no such thing."""


class Verdict(NamedTuple):
    """What a rule says about the value under a key.

    Args:
        rule: id of the rule.
        check: name of the value check (`logrouter.masking.values.judgement.CHECKS`).
        piece: the number behind the key of a split field (`rrn2`: 2), 0 for none.
        hide: how, where the rule names a mask of its own.
        setting_digits: a number of so many digits sets something up, as do durations and the like: the name goes on
            behind the secret's (`passwordHistory: 5`). 0 for a name that ends with it: every value is a secret.
    """

    rule: str
    check: str
    piece: int = 0
    hide: KeyedMask | None = None
    setting_digits: int = 0


class Words(NamedTuple):
    """One entry of a rule: a sequence of words, possibly open at either end of the only word."""

    words: tuple[str, ...]
    joined: str
    open_start: bool
    open_end: bool
    rule: str
    check: str
    hide: KeyedMask | None = None


def split_key(key: str) -> list[str]:
    """Split a key into lower-case words; numbers are words of their own."""
    return list(_words(key[-KEY_LIMIT_CHARS:]))


@lru_cache(maxsize=4096)
def _words(key: str) -> tuple[str, ...]:
    return tuple([word.lower() for word in _SPLIT.findall(fold(key))])


class KeyPolicy:
    """The key rules of a policy, compiled.

    Args:
        rules: rules that have `keys` (id, keys, check), and maybe `names`: words that count only as the whole key.
        facts: word lists `first`, `after`, `before_token`, `counts`: see `policy/default/masking.json`.
        hides: masks of rules that name one of their own, by rule id.
    """

    def __init__(
        self,
        rules: Iterable[Mapping[str, Json]],
        facts: Mapping[str, Sequence[str]],
        hides: Mapping[str, KeyedMask] | None = None,
    ) -> None:
        self._hides = hides or {}
        self._whole: dict[str, Words] = {}
        self._facts_first = frozenset(facts["first"])
        self._facts_after = frozenset(facts["after"])
        self._facts_before_token = frozenset(facts["before_token"])
        self._counts = frozenset(facts["counts"])
        self._exact: dict[str, list[Words]] = {}
        self._open: list[Words] = []
        self._korean: list[Words] = []
        self._korean_facts = tuple(facts["korean"])
        self._korean_counts = tuple(facts.get("korean_counts", ()))
        self._facts_whole = self._facts_after.union(facts.get("after_whole", ()))
        self._tails = frozenset(facts.get("tails", ()))
        self._repeating = frozenset(facts.get("repeating", ()))
        self._exceptions = frozenset(facts["exceptions"])
        for rule in rules:
            for entry in rule["keys"]:
                self._add(entry, rule["id"], rule.get("check", "secret"))
            for name in rule.get("names", ()):
                self._add_whole(name, rule["id"], rule.get("check", "secret"))
        self._cache: dict[str, Verdict | None] = {}

    def _add(self, entry: str, rule: str, check: str) -> None:
        bare = entry.strip("*")
        words = tuple(split_key(bare))
        hide = self._hides.get(rule)
        compiled = Words(words, "".join(words), entry.startswith("*"), entry.endswith("*"), rule, check, hide)
        if not bare.isascii():
            self._korean.append(compiled)
            return
        self._exact.setdefault(words[0], []).append(compiled)
        if len(words) > 1:
            joined = (compiled.joined,)
            self._open.append(compiled._replace(words=joined, open_start=len(compiled.joined) > 5))
            self._exact.setdefault(compiled.joined, []).append(compiled._replace(words=joined))
        elif compiled.open_start or compiled.open_end:
            self._open.append(compiled)

    def _add_whole(self, name: str, rule: str, check: str) -> None:
        words = tuple(split_key(name))
        joined = "".join(words)
        self._whole[joined] = Words(words, joined, open_start=False, open_end=False, rule=rule, check=check)

    def verdict(self, key: str) -> Verdict | None:
        """Return what the rules say about a key, None when its value is not sensitive by name."""
        try:
            return self._cache[key]
        except KeyError:
            found = self._judge(key)
            if len(self._cache) >= CACHE_LIMIT:
                self._cache.clear()
            self._cache[key] = found
            return found

    def is_fact(self, key: str) -> bool:
        """Say whether a key inside a secret container tells a fact (`type`, `expires_in`), not a part of the secret."""
        words = [word for word in split_key(key) if not word.isdigit()]
        return bool(words) and (words[-1] in self._facts_whole or words[0] in self._facts_first)

    def names_part(self, key: str) -> bool:
        """Say whether a key inside a secret container names a form of the secret itself (`value`, `new`, `hash`)."""
        return self._tails.issuperset(word for word in split_key(key) if not word.isdigit())

    def _judge(self, key: str) -> Verdict | None:
        above, _, last = key.rpartition("/")
        if above and last and not self.names_part(last):
            key = last  # `authorization.k8s.io/decision`, `/prod/db/password`
        numbered = split_key(key)
        words = [word for word in numbered if not word.isdigit()]
        if not words or " ".join(words) in self._exceptions:
            return None
        piece = int(numbered[-1]) if numbered[-1].isdigit() and len(numbered[-1]) == 1 else _PIECES.get(words[-1], 0)
        whole = self._whole.get("".join(words)) if self._whole else None
        if whole is not None:
            return Verdict(whole.rule, whole.check, piece, self._hides.get(whole.rule))
        if not words[-1].isascii() or not words[0].isascii():
            found = self._judge_korean("".join(numbered).strip("0123456789"), piece)
            if found:
                return found
        entry = self._best_entry(words)
        if entry is None and len(words) > 1 and key.isascii() and key.isalpha():
            words = [key.lower()]  # pAssWord: capitals that mean nothing
            entry = self._best_entry(words)
        return self._unless_fact(words, entry, piece) if entry else None

    def _judge_korean(self, joined: str, piece: int) -> Verdict | None:
        for entry in self._korean:
            at = joined.rfind(entry.joined)
            if at >= 0 and not joined[at + len(entry.joined) :].startswith(self._korean_facts):
                if self._korean_counts and joined[:at].endswith(self._korean_counts) and entry.check == "token":
                    return Verdict(entry.rule, "strings", piece, entry.hide)
                return Verdict(entry.rule, entry.check, piece, entry.hide)
        return None

    def _best_entry(self, words: list[str]) -> tuple[int, Words] | None:
        """Return the entry that ends last (of two the longer one), and where it ends."""
        best: tuple[int, int, Words] | None = None
        for at, word in enumerate(words):
            for entry in self._entries(word):
                size = len(entry.words)
                if tuple(words[at : at + size]) == entry.words or (size == 1 and entry.words[0] != word):
                    rank = (at + size, len(entry.joined), entry)
                    if best is None or rank[:2] > best[:2]:
                        best = rank
        return (best[0], best[2]) if best else None

    def _entries(self, word: str) -> Iterable[Words]:
        exact = self._exact.get(word)
        if exact:
            return exact
        return [entry for entry in self._open if self._is_open_match(word, entry)]

    def _is_open_match(self, word: str, entry: Words) -> bool:
        if entry.open_start and word.endswith(entry.joined):
            return True
        if not entry.open_end or not word.startswith(entry.joined):
            return False
        rest = word[len(entry.joined) :]
        return not any(rest.startswith(fact) for fact in self._facts_after if len(fact) > 1)

    def _unless_fact(self, words: list[str], found: tuple[int, Words], piece: int) -> Verdict | None:
        end, entry = found
        if len(words) > 1 and words[0] in self._facts_first:
            return None
        rest = words[end:]
        if rest and rest[-1].startswith(self._korean_facts):
            return None  # `password변경일`
        if self._facts_whole.intersection(rest) or "".join(rest[-2:]) in self._facts_after:
            is_repeated = entry.check == "secret" and self._repeating.issuperset(rest)
            return Verdict(entry.rule, "repeated", piece, entry.hide) if is_repeated else None
        check = entry.check
        if not rest and entry.open_end and len(entry.words) == 1:
            rest = [words[end - 1][len(entry.joined) :]] if words[end - 1].startswith(entry.joined) else []
        is_qualified = bool(rest) and bool(rest[-1]) and rest[-1] not in self._tails and check in _SETTABLE
        digits = 0 if not is_qualified else 9 if entry.joined in {"token", "tokens"} else 3
        if entry.joined in {"token", "tokens"}:
            before = set(words[: end - 1])
            if before & self._facts_before_token:
                return None
            if before & self._counts:
                check = "count" if entry.joined == "tokens" else "strings"
            elif entry.joined == "token" and end < len(words):
                check = "countable"  # `TokenRefresh: 30` counts refreshes
        return Verdict(entry.rule, check, piece, entry.hide, digits)
