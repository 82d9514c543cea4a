"""Records for fuzzing: planted ones, whose value must not show, and wild ones grown from the corpus by mutation."""

import json
import random
from dataclasses import dataclass
from typing import Any

from tests.data.masking_blind_disguised import disguised
from tests.data.masking_blind_positives import positives
from tests.data.masking_blind_survivors import survivors
from tests.data.masking_corpus import KEY_VALUE, KEYS, NUMBERS, PASSWORD_LINES, SURVIVORS, TOKENS
from tests.data.masking_disguises import DISGUISES
from tests.data.masking_nestings import NESTINGS

BEFORE = [
    "",
    "x ",
    "고객 ",
    "고객",
    "[INFO] ",
    "a=1; ",
    "{} ",
    '{"k":"v"} ',
    "2024-01-15T10:30:45Z ",
    "\t",
    "(",
    "> ",
    "값:",
    "\n",
    "'",
]
AFTER = ["", " y", "님", ". ", "; b=2", " {}", "\n", ' "q"', "!", ")", ", next", "입니다", "'"]
MARKS = [
    "password", "token", "secret", "=", ":", "=>", "->", "@", "example.com", "://", "{", "}", "[", "]", "(", ")", '"', "'", "\\", '\\"', ",", "&", ";", "|", "<", ">", "/",
    "%30", "%22", "%7B", "%EF%BC%90", "\\u0030", "\\u0022", "\\x30", "&#48;", "&quot;", "&amp;", "eyJ", "H4sI", "Bearer ", "Basic ", "비밀번호", "계좌 ", "여권번호 ", "주민번호",
    "\u200b", "\u00ad", "１", "٠", "－", "\u3000", "***MASKED***", "010-****-5678", "[logrouter: masking failed]", "\n", "\r\n", "\t", " ", "\x00", "\ud800", "\ue000",
    "AKIA", "sk-", "+82", "010-", "1234", "5678", "900101-1", "4111111111111111", "insert into a (password) values (", "cookie: ", "set-cookie", "name", "value", "key",
    "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "MDEw", "GB82", "null", "true", "1e999", "-0", "kind: Secret\ndata:\n  a: ", "curl -u ", "columns", "rows", "ﬁ", "é",
]  # fmt: skip


@dataclass(frozen=True)
class Seed:
    """A record and the parts of sensitive values in it that no reading of the output may show."""

    record: Any
    planted: tuple[str, ...] = ()
    how: str = "wild"


def corpus() -> list[Any]:
    """Return every record of the test data."""
    return [
        *[case.record for case in [*positives(), *disguised(), *survivors()]],
        *[record for _, record in SURVIVORS],
        *[line for _, line, _ in PASSWORD_LINES],
        *[{key: KEY_VALUE, "n": 1} for key in KEYS],
    ]


VALUES = [
    *[(name, text, tuple(hidden)) for name, text, _, hidden in NUMBERS],
    *[(name, token, (token[-8:],)) for name, token in TOKENS.items()],
    ("password", "password=" + KEY_VALUE, (KEY_VALUE,)),
    ("apiKey", '{"apiKey":"' + KEY_VALUE + '"}', (KEY_VALUE,)),
    ("url", "postgres://app:" + KEY_VALUE + "@db.example.com/x", (KEY_VALUE,)),
]


class Garden:
    """Grows records; what reached something new is kept and grown further.

    Args:
        rng: the source of all choices.
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._corpus = corpus()

    def keep(self, record: Any) -> None:
        """Grow from this record too."""
        self._corpus.append(record)

    def grow(self) -> Seed:
        """Return one record: every third one planted."""
        return self._planted() if self._rng.random() < 0.34 else self._wild()

    def _planted(self) -> Seed:
        pick = self._rng.choice
        name, text, hidden = pick(VALUES)
        disguise, disguise_of = pick([("plain", str), *DISGUISES.items()])
        nesting, nest = pick([*NESTINGS.items()])
        # Inside base64 only text that is not disguised again can be told.
        if nesting in {"base64", "base64-value", "gzip"}:
            disguise, disguise_of = "plain", str
        record = nest(disguise_of(text))
        if isinstance(record, str):
            record = pick(BEFORE) + record + pick(AFTER)
        return Seed(record, hidden, f"{name}/{disguise}/{nesting}")

    def _wild(self) -> Seed:
        record = self._rng.choice(self._corpus)
        for _ in range(self._rng.choice((1, 1, 2, 3, 5, 9))):
            record = self._mutated(record)
        return Seed(record)

    def _mutated(self, record: Any) -> Any:
        if not isinstance(record, str):
            return self._mutated_value(record) if self._rng.random() < 0.8 else _dumped(record, self._rng)
        if self._rng.random() < 0.08:
            return self._rng.choice(
                [lambda: {"msg": record}, lambda: {record[:40]: record}, lambda: {"b": json.dumps({"m": record})}]
            )()
        return self._mutated_text(record)

    def _mutated_text(self, text: str) -> str:  # noqa: PLR0911 - one return for each mutation
        rng = self._rng
        at = rng.randint(0, len(text))
        until = min(len(text), at + rng.choice((0, 1, 1, 2, 4, 8, 20)))
        match rng.randrange(9):
            case 0:
                return text[:at] + rng.choice(MARKS) + text[at:]
            case 1:
                return text[:at] + rng.choice(MARKS) + text[until:]
            case 2:
                return text[:at] + text[until:]
            case 3:
                return text[:at]
            case 4:
                return text[:at] + text[at:until] * rng.choice((2, 3, 9)) + text[until:]
            case 5:
                other = rng.choice(self._corpus)
                other = other if isinstance(other, str) else _dumped(other, rng)
                cut = rng.randint(0, len(other))
                return (text[:at] + other[cut : cut + rng.choice((8, 40, 200))] + text[at:])[:6_000]
            case 6:
                part = text[at:until].encode("utf-8", "replace").decode()  # a lone surrogate has no percent encoding
                return text[:at] + rng.choice([*DISGUISES.values()])(part) + text[until:]
            case 7:
                return text[:at] + chr(rng.choice((rng.randrange(128), rng.randrange(0x3000), rng.randrange(0x110000)))) + text[until:]  # fmt: skip
            case _:
                return json.dumps(text, ensure_ascii=rng.random() < 0.5)[: rng.choice((None, -1))]

    def _mutated_value(self, value: Any) -> Any:  # noqa: PLR0911 - one return for each mutation
        rng = self._rng
        if isinstance(value, dict) and value:
            key = rng.choice([*value])
            match rng.randrange(6):
                case 0:
                    return {self._text(name) if name == key else name: inner for name, inner in value.items()}
                case 1:
                    return {name: inner for name, inner in value.items() if name != key}
                case 2:
                    return {**value, rng.choice(KEYS): self._scalar()}
                case _:
                    return {**value, key: self._mutated_value(value[key])}
        if isinstance(value, list) and value:
            at = rng.randrange(len(value))
            if rng.random() < 0.3:
                return [*value[:at], self._scalar(), *value[at:]]
            return [*value[:at], self._mutated_value(value[at]), *value[at + 1 :]]
        if isinstance(value, str):
            return self._mutated_text(value)
        return self._scalar()

    def _scalar(self) -> Any:
        return self._rng.choice(
            [None, True, 0, -1, 1.5, 10**400, 1e308, int("4111" + "1" * 12), 1012345678, "", KEY_VALUE, "010-" + "1234-5678", [], {}, [1, [2]], self._rng.choice(MARKS)]
        )  # fmt: skip

    def _text(self, text: Any) -> str:
        return self._mutated_text(text) if isinstance(text, str) else str(text)


def _dumped(value: Any, rng: random.Random) -> str:
    return json.dumps(value, ensure_ascii=rng.random() < 0.5, indent=rng.choice((None, None, 1)))
