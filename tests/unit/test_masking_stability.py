"""A second masking changes nothing: of what was found by gluing fragments, and of new glue, as text and as a dict."""

import json
import random

import pytest

from logrouter.masking import mask, rounds
from logrouter.policy import default_policy
from tests.data.masking_corpus import KEYS, NUMBERS, PASSWORD_LINES, TOKENS
from tests.data.masking_found_stability import FOUND

GLUE = [*"-=:,;/\\\"'<>{}[]()|@&%#+*.!?~`$^_ \n\t", "://", '","', '": "', '\\"', "\\n", "\\u", "\\u0030", "%3A", "%40", "&#48;", "&quot;", "\u200b", "１", "한", "비밀번호", "계좌", "여권", "***MASKED***", "****", "010-****-5678", "us**@", "900101-*******", "1234-****-****-3456", "+1-******-4567", '"}', '{"', "[{", '"]', "Bearer ", "password", "token", "cookie: ", "010", "82", "+82", "1234", "900101", "eyJ", "@example.com", "curl -u ", "insert into a (password) values (", "name", "value", "=>", "->", "is ", "was ", "to "]  # fmt: skip
NAMES = ["name", "key", "value", "password", "phone", "path", "loc", "type", "data", "columns", "rows", "kind", "email", "card", *KEYS]  # fmt: skip


def fragments():
    for rule in default_policy().section("masking")["rules"]:
        examples = rule.get("examples", {})
        yield from ("".join(example["text"]) for example in examples.get("positive", []))
        yield from ("".join(example) for example in examples.get("negative", []))
    yield from (line[1] for line in [*NUMBERS, *PASSWORD_LINES])
    yield from TOKENS.values()


FRAGMENTS = [fragment for fragment in fragments() if fragment]


def glued(rng):
    """A few fragments of what rules look for, whole or cut, with marks between them."""
    parts = []
    for _ in range(rng.randrange(1, 9)):
        fragment = rng.choice(FRAGMENTS)
        start = rng.randrange(len(fragment))
        parts.append(rng.choice([rng.choice(GLUE), fragment, fragment[start : start + rng.randrange(1, 30)]]))
    return "".join(parts)


def nested(rng, depth=0):
    """A record with glue in it, and with names beside values."""
    kind = rng.random()
    if kind < 0.5 or depth > 3:
        return glued(rng)
    if kind < 0.6:
        return rng.choice([None, True, 1, 12345678901234, 1012345678, 4111111111111111, 3.5])
    if kind < 0.75:
        return [nested(rng, depth + 1) for _ in range(rng.randrange(5))]
    return {rng.choice([*NAMES, glued(rng)[:40]]): nested(rng, depth + 1) for _ in range(rng.randrange(5))}


def forms(value):
    """The same content as it comes in: text, cut text, JSON, a dict."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    yield text
    yield text[: len(text) * 2 // 3]
    yield {"msg": value, "n": [value]}
    yield json.dumps({"msg": value, "n": 1})
    yield "request " + json.dumps({"body": text}) + " took 3 ms"


@pytest.mark.parametrize("value", FOUND, ids=range(len(FOUND)))
def test_what_once_changed_twice_is_stable(value):
    """What was found to change at a second masking does so no more, in any form."""
    for record in forms(value):
        masked = mask(record)

        assert mask(masked) == masked


@pytest.mark.parametrize("seed", range(8))
def test_glued_fragments_are_stable(seed):
    """Fragments of what rules look for, glued at random, are masked once and for all."""
    rng = random.Random(seed)

    for record in (form for _ in range(60) for value in (glued(rng), nested(rng)) for form in forms(value)):
        masked = mask(record)

        assert mask(masked) == masked


class Restless:
    """An engine that always finds something more: it puts a letter in front."""

    def __init__(self, rule):
        self.rule = rule

    def open_gates(self, text):
        return frozenset() if text == rounds.SECRET else frozenset({self.rule})

    def look(self, _text, _gates):
        return [rounds.Edit(0, 0, "x", self.rule)], False


def test_masking_that_finds_no_end_hides_the_whole():
    """Rules that would go on forever end in a text that is hidden as a whole."""
    masked, _ = rounds.mask_in_rounds(Restless("endless"), "some words", frozenset({"endless"}))

    assert masked == rounds.SECRET
