"""The gates of the prefilter, made from the rules: for each rule a pattern that opens for everything it could find.

A gate may open in vain, it must never stay shut: it reads raw text, where JSON escapes and disguises still stand.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from logrouter.masking.decoding.encoded import GZIP_RUN, RUN_HEAD, TEXT_RUN
from logrouter.masking.rules.prefilter import LEFT_EDGE
from logrouter.masking.trees.octets import OCTETS_GATE
from logrouter.masking.values.keys import split_key
from logrouter.model import Json

_BETWEEN = r"(?:[^0-9A-Za-z]|\\[nrtbf])"
_SEPARATED = f"{_BETWEEN}{{1,6}}"
_RIGHT = r"(?:$|[^0-9A-Za-z])"
_DATE = r"[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"

DISGUISE = (
    r"\\u(?:00(?:[1-9aAbB][0-9a-fA-F]|0[0-8bBeEfF])|017[fF]|02[b-eB-E][0-9a-fA-F]|0[36-9a-fA-F][0-9a-fA-F]{2}|05[8bB][0-9a-fA-F]"
    r"|1[0-9a-dA-D][0-9a-fA-F]{2}|1[fF][eE][fF]|200[0-9a-fA-F]|201[0-5]|202[2478-9a-fA-F]|204[3]|20[5-9][0-9a-fA-F]|20[eE]3"
    r"|21[0-467][0-9a-fA-F]|2212|2219|22[cC]5|24[6-9a-fA-F][0-9a-fA-F]|2500|27[789][0-9a-fA-F]|2800|2[cC]7[0-9a-fA-F]|2[eE]3[0-9a-fA-F]"
    r"|30(?:0[02]|[fF][bBcC])|31(?:6[14]|8[dD])|[aA](?:62|7[fF]|8[dD]|9[0-9a-fA-F]|[aA]5|[bB][fF])[0-9a-fA-F]"
    r"|[fF](?:[bB]29|[eE][013-6][0-9a-fA-F]|[eE][fF][fF]|[fF][0-9a-fA-F]{2})"
    r"|[dD](?:8[0-2][0-9a-fA-F]|83[0-9abAB]|[bB]40|83[cC]\\+u[dD][dD][0-4]|83[eE]\\+u[dD][fF][fF]))"
    r"|\x1b\[|\\(?:033|e|x1[bB])\[|#033\[|\^\[\[|\\u001[bB]\[|(?:[ -~](?:\x00|\\+u0000)){4}"
    r"|[\\#][23][0-7]{2}(?:\\+|#)[23][0-7]{2}"
    r"|\\U000|\\u\{|\\x[0-9a-fA-F]{2}|\\[nrtbf][0-9+]|&#[0-9xX]|&[a-zA-Z]{2,8};"
    r"|%(?:[1-7][0-9A-Fa-f]|0[0-8bBeEfF]|[cC](?:2%[89aAbB]|5%[bB][fF]|[aAbBdD]%)|[dD][689bBcCfF]%|[eE][0-2]%|[eE]3%8(?:0%8[02]|3%[bB]|5%[aA]|6%8)"
    r"|[eE][aA]%[9aA]|[eE][fF]%(?:[aA][cC]|[bB])|[fF]0%9(?:[0-9a-eA-E]|[fF]%(?:8[45]|[aA][fF]))|[fF]3%)"
    "|[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f-\x9f\u00a0\u00aa\u00ad\u00b2\u00b3\u00b7\u00b9\u00ba\u017f\u02b0-\u02b8\u02e1-\u02e3\u034f\u037e\u058a\u05be\u0600-\u0605\u061c\u0660-\u0669"
    "\u06dd\u06f0-\u06f9\u070f\u07c0-\u07c9\u0890\u0891\u08e2\u0966-\u096f\u09e6-\u09ef\u0a66-\u0a6f\u0ae6-\u0aef\u0b66-\u0b6f\u0be6-\u0bef"
    "\u0c66-\u0c6f\u0ce6-\u0cef\u0d66-\u0d6f\u0de6-\u0def\u0e50-\u0e59\u0ed0-\u0ed9\u0f20-\u0f29\u1040-\u1049\u1090-\u1099\u1100-\u11ff"
    "\u1369-\u1371\u1680\u17b4\u17b5\u17e0-\u17e9\u1806\u180b-\u180f\u1810-\u1819\u1946-\u194f\u19d0-\u19da\u1a80-\u1a99\u1b50-\u1b59"
    "\u1bb0-\u1bb9\u1c40-\u1c59\u1d2c-\u1dbf\u1fef\u2000-\u2015\u2022\u2024\u2027-\u202f\u2043\u205f-\u209c\u20e3\u2102\u210a-\u2115"
    "\u2119-\u211d\u2124-\u2149\u2160-\u217f\u2212\u2219\u22c5\u2460-\u24ff\u2500\u2776-\u2793\u2800\u2c7c\u2c7d\u2e3a\u2e3b\u3000\u3002"
    "\u30fb\u30fc\u3161\u3164\u318d\ua620-\ua629\ua7f2-\ua7f4\ua8d0-\ua8d9\ua900-\ua909\ua9d0-\ua9d9\ua9f0-\ua9f9\uaa50-\uaa59\uabf0-\uabf9"
    "\ufb29\ufe00-\ufe19\ufe33-\ufe6b\ufeff\uff01-\uff65\uff70\uffa0\ufff9-\ufffb\U00010000-\U0001efff\U0001f100-\U0001f149\U0001fbf0-\U0001fbf9"
    "\U000e0000-\U000e007f]"
)
"""Marks of a text that does not say what it means character by character."""

NUMBER_GATES = (
    ("number", f"{LEFT_EDGE}(?:01[016789]|0{{0,2}}82)(?:{_BETWEEN}{{0,6}}[0-9]){{7}}"),
    (
        "number",
        f"{LEFT_EDGE}0(?:2|[3-6][1-5]|70|80|50[2-8]){_SEPARATED}[0-9]{{3,4}}{_SEPARATED}[0-9]{{4}}{_RIGHT}",
    ),
    ("number", r"0(?:2|[3-6][1-5]|70|80|50[2-8])(?:[^0-9A-Za-z]|\\[nrtbf]){0,4}\)[^0-9A-Za-z]{0,4}[0-9]{7,8}"),
    ("number", f"{LEFT_EDGE}{_DATE}{_BETWEEN}{{0,6}}[0-9]{{7}}{_RIGHT}"),
    ("number", f"{LEFT_EDGE}(?:[0-9]{{4}}{_SEPARATED}){{3}}[0-9]{{4}}{_RIGHT}"),
    ("number", f"{LEFT_EDGE}3[0-9]{{3}}{_SEPARATED}[0-9]{{6}}{_SEPARATED}[0-9]{{4,5}}{_RIGHT}"),
    ("number", f"{LEFT_EDGE}[2-69][0-9]{{12,18}}{_RIGHT}"),
    ("number", f"(?i)(?:카드|card|pan)(?:[^0-9]|[0-9]{{1,4}}[^0-9])*[0-9]{{16}}{_RIGHT}"),
    (
        "number",
        f"{LEFT_EDGE}(?:1[1-9]|2[0-68]){_SEPARATED}[0-9]{{2}}{_SEPARATED}[0-9]{{6}}{_SEPARATED}[0-9]{{2}}{_RIGHT}",
    ),
    ("number", r"[0-9] (?:[0-9](?: [-.])? ){8}"),
    ("foreign", r"\+[1-9](?:(?:[ .\-/()]{0,3}|-(?:[ \r\n]|\\+[nr]){1,12})[0-9]){8}"),
    ("email", r"@[^\s@\"]*\.(?:[A-Za-z]|한|닷)"),
    ("email", r"@\[(?:IPv6:|[0-9]{1,3}\.)"),
    ("email", r"(?i)[(\[{<] ?(?:at|@|골뱅이) ?[)\]}>] ?[a-z0-9-]+ ?[.(\[{<]"),
    ("url", r"://[^\s\"]*@"),
    ("jwk", r"kty[\"'\\]*\s*[:=]"),
    ("manifest", r"kind[\"'\\]*:[ \t]*[\"'\\]*Secret"),
    ("insert", r"(?i)(?:insert|replace)\s+(?:ignore\s+)?into\s|Preparing:[^\n]*\?|binding parameter"),
    (
        "iban",
        LEFT_EDGE
        + r"(?:A[DELTZ]|B[AEGHRY]|C[HRYZ]|D[EKO]|E[EGS]|F[IOR]|G[BEILRT]|H[RU]|I[ELQST]|JO|K[WZ]|L[BCITUVY]|M[CDEKRTU]"
        r"|N[LO]|P[KLST]|QA|R[OS]|S[ACEIKMTV]|T[LNR]|UA|V[AG]|XK)[0-9]{2}(?:[ -]?[A-Z0-9]){11}",
    ),
)
"""Gates of the rules that are code; supersets, which a test proves on every example."""

_GATED_RULES = {
    "number": frozenset({"phone.mobile", "phone.landline", "phone.foreign", "kr.resident", "card", "kr.licence"}),
    "foreign": frozenset({"phone.foreign"}),
    "email": frozenset({"email"}),
    "url": frozenset({"url.userinfo"}),
    "iban": frozenset({"iban"}),
    "insert": frozenset({"sql.insert"}),
    "manifest": frozenset({"k8s.secret"}),
    "jwk": frozenset({"key.jwk"}),
}

_OTHER = "\u0080-\U0010ffff"
"""Letters of other scripts, which a name may end in (`password확인`)."""

_KEY_ENDS = (
    rf"[A-Za-z0-9_.\-{_OTHER}]*"
    r"(?:[\"'\\\[\]*>:=),(&%`<|}\x1b]|[ \t]{0,20}(?:[;)\t\r\n]|\\+[nr])|\s{0,20}[:=(|]|\s{0,20}(?:->|→|⇒|~>)"
    r"|\s+(?:is|was|has|have|will|been|be|now|value|equals|set|reset|changed|updated|from|to|for|of)[\s:=]"
    r"|[!#$@?/~+;^{][^\"\n]*\"\s*:"
    r"|(?: (?:access|keys?|token|secret|password|passwd|code|phrase|value|string|hash|pin|number|cookie|header)){1,3}"
    r"[\\\"'`]{0,9}[ \t]{0,8}(?:[:=]|->)|(?: [A-Za-z]+){1,3}\\*[\"'][ \t]*[:=]"
    r"|\s+\\*[\"']|[ \t]+[^\s]*[0-9]|[ \t]+[^\s]{20})"
)
_FLAG = r"--?[A-Za-z0-9_\-]*(?:%s)[A-Za-z0-9_\-]*\s"

REAL_TOKEN = re.compile(
    r"(?i)token(?!s[\"'\\]*\s*[:=]\s*[\"'\\]*-?[0-9][0-9.]{0,12}[\"'\\]*\s*(?:[}\]\s&;]|,(?!\\*\"\s*:)|$))"
    r"(?!_?(?:count|usage|type|izer|ization)\b)"
)
"""Occurrences of the token gate that are no counts (`"total_tokens": 15`), the one thing LLM logs are full of."""


SHORT_STEM = 4
"""Names of so few letters (`pin`, `otp`) open the gate only as words of their own, or every `shipping` would."""


def gates_of(rules: Sequence[Mapping[str, Json]]) -> Iterator[tuple[str, str]]:
    """Yield (name, pattern) of every gate that a table of rules needs."""
    coded = frozenset(rule["id"] for rule in rules if rule["kind"] == "number")
    yield "disguise", DISGUISE
    korean = _korean_disguises(rules)
    if korean:
        yield "disguise", korean
    if "encoded" in coded:
        yield "encoded", f"{TEXT_RUN}|{GZIP_RUN}|(?:^|[^0-9A-Za-z+/_-]|\\\\[nrt])(?:{RUN_HEAD})"
        yield "octets", OCTETS_GATE
    yield from _key_gates([rule for rule in rules if rule["kind"] == "key"])
    for name, pattern in NUMBER_GATES:
        if coded & _GATED_RULES[name]:
            yield name, pattern
    for rule in rules:
        if rule["kind"] in {"pattern", "labelled"}:
            yield rule["id"], rule.get("gate") or _default_gate(rule)
        for path in rule.get("paths", ()):
            yield "path", rule.get("gate") or _path_gate(path)


def leading_flags(source: str) -> tuple[str, str]:
    """Split `(?i)` off a pattern; a pattern may be put into another only without it."""
    return ("(?i)", source[4:]) if source.startswith("(?i)") else ("", source)


def path_segments(path: str) -> tuple[str, ...]:
    """Split `req.items[*].note` into its segments."""
    return tuple(part for part in path.replace("[", ".").replace("]", "").split(".") if part)


def _path_gate(path: str) -> str:
    """Return a pattern for the last name of a path; one of wildcards only opens for everything."""
    names = [part for part in path_segments(path) if part.strip("*") and not part.isdigit()]
    if not names:
        return r"[\s\S]"
    plain = [re.escape(name) for name in names[-1].split("|")]
    escaped = ["".join(char if char.isascii() else f"\\\\+u(?i:{ord(char):04x})" for char in name) for name in plain]
    return "|".join(dict.fromkeys([*plain, *escaped]))


def _default_gate(rule: Mapping[str, Json]) -> str:
    flags, body = leading_flags(rule["labels"] if rule["kind"] == "labelled" else rule["pattern"])
    return f"{flags}(?:{body})"


def _entries(rules: Iterable[Mapping[str, Json]]) -> Iterator[list[str]]:
    for rule in rules:
        for entry in rule["keys"]:
            yield split_key(entry.strip("*"))


def _stem(words: Sequence[str]) -> str:
    gap = r"[^0-9A-Za-z\[\](){}<>,;=|]{0,2}" if words[0].isascii() else r"\s?"
    return gap.join(map(re.escape, words))


def stems_of(rules: Iterable[Mapping[str, Json]]) -> str:
    """Return one pattern that finds each key of the rules in lower-case text; shorter stems cover longer keys.

    Grouped by their first character: `re` then rejects most places by one look.
    """
    groups: dict[str, list[str]] = {}
    for words in _shortest(_entries(rules)):
        stem = _stem(words)
        groups.setdefault(stem[0], []).append(stem[1:])
    return "|".join(f"{first}(?:{'|'.join(rests)})" for first, rests in groups.items())


def _shortest(entries: Iterable[list[str]]) -> list[list[str]]:
    kept: list[list[str]] = []
    singles: dict[str, None] = {}
    for words in sorted({tuple(entry) for entry in entries}, key=lambda item: (len(item), len("".join(item)), item)):
        if len(words) > 1:
            is_covered = not singles.keys().isdisjoint(words)
        else:
            is_covered = any(short in words[0] for short in singles)
        if not is_covered:
            kept.append(list(words))
            singles.update(dict.fromkeys(words) if len(words) == 1 else {})
    return kept


def _key_gates(rules: Sequence[Mapping[str, Json]]) -> Iterator[tuple[str, str]]:
    entries = list(_entries(rules))
    brief = [words for words in entries if len(words) == 1 and words[0].isascii() and len(words[0]) <= SHORT_STEM]
    stems = _shortest(words for words in entries if words not in brief)
    korean = [_stem(words) for words in stems if not words[0].isascii()]
    tokens = [_stem(words) for words in stems if words in (["token"], ["tokens"])]
    short = sorted({words[0] for words in brief})
    plain = [_stem(words) for words in stems if words[0].isascii() and words not in (["token"], ["tokens"])]
    if korean:
        yield "keys", "|".join(korean)
    if tokens:
        yield "token", f"(?i)(?:{'|'.join(tokens)}){_KEY_ENDS}|" + _FLAG % "|".join(tokens)
    if plain:
        yield "keys", f"(?i)(?:{'|'.join(plain)}){_KEY_ENDS}|" + _FLAG % "|".join(plain)
    if short:
        edge = "|".join(short)
        capitals = "|".join(f"{word.capitalize()}(?:[^a-z]|$)" for word in short)
        yield "keys", f"(?:^|[^A-Za-z]|\\\\[nrtbf])(?i:{edge})(?:[0-9_A-Z.\\-{_OTHER}]{_KEY_ENDS}|{_KEY_ENDS})"
        yield "keys", f"[a-z0-9_](?:{capitals})|-(?i:{edge})[ \\t]"


def _korean_disguises(rules: Iterable[Mapping[str, Json]]) -> str:
    """Return a pattern for the escaped and percent-encoded beginnings of the Korean names and labels of the rules."""
    heads: set[str] = set()
    mixed: set[tuple[str, str]] = set()
    for rule in rules:
        for source in (*rule.get("keys", ()), rule.get("labels", "")):
            heads.update(word[:2] for word in re.findall(r"[\uac00-\ud7a3]{2,}", source))
        for name in rule.get("keys", ()):
            mixed.update(re.findall(r"([a-z]+)([\uac00-\ud7a3])$", name))
    escaped = [
        "".join(f"u{ord(char):04x}" if at == 0 else f"\\\\+u{ord(char):04x}" for at, char in enumerate(head))
        for head in sorted(heads)
    ]
    octets = ["".join(f"%{octet:02x}" for octet in head.encode()) for head in sorted(heads)]
    for word, char in sorted(mixed):
        octets += [f"{word}\\\\+u{ord(char):04x}", word + "".join(f"%{octet:02x}" for octet in char.encode())]
    return f"(?i)\\\\(?:{'|'.join(escaped)})|(?:{'|'.join(octets)})" if heads else ""
