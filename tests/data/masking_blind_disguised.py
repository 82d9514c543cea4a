"""Sensitive values in disguise: every disguise of the contract over many classes, in lines of their own."""

import base64
import json
import random
from collections.abc import Callable, Iterator
from urllib.parse import quote

from tests.data import masking_blind_values as v
from tests.data.masking_blind_cases import Case, Gone, mark, secret

M = mark()
FULL = str.maketrans({chr(c): chr(c + 0xFEE0) for c in range(0x21, 0x7F)})
OTHER_DIGITS = {
    "arabic": 0x0660,
    "persian": 0x06F0,
    "devanagari": 0x0966,
    "math bold": 0x1D7CE,
    "math mono": 0x1D7F6,
    "thai": 0x0E50,
}
DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d"
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
SPACES = "\u00a0\u2003\u3000\u2009\u202f"

NUMBERS: dict[str, v.Draw] = {
    "mobile": v.mobile,
    "rrn": v.rrn,
    "frn": v.frn,
    "card": v.card,
    "landline": lambda r: f"031-{r.randint(2000, 9999)}-{v.some(r, v.DIGITS, 4)}",
    "licence": v.licence,
    "abroad": lambda r: f"+82-10-{v.some(r, '01', 1)}{v.some(r, v.DIGITS, 3)}-{v.some(r, v.DIGITS, 4)}",
}
VALUES: dict[str, v.Draw] = {**NUMBERS, "email": v.email}
LINES = (
    "접수 {} 처리 완료",
    "notify({}) -> 200",
    "user={};ok",
    "WARN [7] contact: {}",
    "{}",
    "담당 {}에게 전달",
    "<to>{}</to>",
)
TOKENS = (
    "github-classic",
    "openai-project",
    "anthropic",
    "slack-bot",
    "stripe-live",
    "toss-live",
    "google-api",
    "langfuse",
    "aws-akia",
    "huggingface",
)
KEYS = (
    "password",
    "apiKey",
    "client_secret",
    "accessToken",
    "비밀번호",
    "otp",
    "passwd",
    "secretKey",
    "Authorization",
    "cardPassword",
)


def hidden(shown: str, plain: str) -> Gone:
    """A disguised value: neither its disguise nor what it says may be left."""
    return Gone(shown, "blob", plain=plain)


def digit_form(text: str, zero: int) -> str:
    return "".join(chr(zero + int(c)) if c.isdigit() and c.isascii() else c for c in text)


def in_digits(zero: int) -> Callable[[random.Random, str], str]:
    return lambda _, text: digit_form(text, zero)


def sprinkle(r: random.Random, text: str, signs: str) -> str:
    out = list(text)
    for i in sorted(r.sample(range(1, len(out)), k=min(3, len(out) - 1)), reverse=True):
        out.insert(i, r.choice(signs))
    return "".join(out)


def escape(text: str) -> str:
    return "".join(f"\\u{ord(c):04x}" for c in text)


def percent(text: str, every: bool = False) -> str:
    return "".join(f"%{ord(c):02X}" if every or not c.isalnum() else c for c in text)


def entities(text: str, r: random.Random) -> str:
    form = r.choice(["&#{};", "&#x{:x};", "&#{:04d};"])
    return "".join(form.format(ord(c)) for c in text)


CHARACTERS: dict[str, Callable[[random.Random, str], str]] = {
    "fullwidth": lambda _, t: t.translate(FULL),
    **{name: in_digits(zero) for name, zero in OTHER_DIGITS.items()},
    "dash": lambda r, t: t.replace("-", r.choice(DASHES)).replace("@", "＠"),
    "invisible": lambda r, t: sprinkle(r, t, INVISIBLE),
    "soft hyphen": lambda r, t: sprinkle(r, t, "\u00ad"),
    "odd space": lambda r, t: t.replace("-", r.choice(SPACES)),
    "u escape": lambda _, t: escape(t),
    "u escape of some": lambda r, t: "".join(escape(c) if r.random() < 0.4 else c for c in t[:-1]) + escape(t[-1]),
    "percent": lambda _, t: percent(t),
    "percent every": lambda _, t: percent(t, every=True),
    "percent twice": lambda _, t: percent(percent(t)),
    "percent twice every": lambda _, t: percent(t, every=True).replace("%", "%25"),
    "entities": lambda r, t: entities(t, r),
    "entities of signs": lambda r, t: "".join(c if c.isalnum() else f"&#{ord(c)};" for c in t),
    "dot": lambda _, t: t.replace("-", "."),
    "space": lambda _, t: t.replace("-", " "),
    "spaced dash": lambda _, t: t.replace("-", " - "),
    "slash": lambda _, t: t.replace("-", "/"),
    "underscore": lambda _, t: t.replace("-", "_"),
    "line break": lambda _, t: t.replace("-", "-\n", 1),
    "crlf": lambda _, t: t.replace("-", "\r\n", 1),
    "hangul glued": lambda _, t: f"번호{t}입니다",
    "middle dot": lambda _, t: t.replace("-", "·"),
    "digit by digit": lambda _, t: " ".join(t),
    "at in words": lambda r, t: t.replace("@", r.choice([" (at) ", "(at)", " [at] "])),
    "parens": lambda _, t: f"({t.replace('-', ') ', 1)}",
}  # fmt: skip
# A disguise that would leave the value as it is, or that belongs to another class of writing.
NOT_FOR = {"email": ("digit by digit", "dot", "space", "spaced dash", "slash", "underscore", "line break", "crlf", "odd space", "middle dot", "parens"), "card": ("slash", "parens"), "rrn": ("parens", "slash", "space", "odd space"), "frn": ("parens", "slash", "space", "odd space"), "landline": ("digit by digit",), "licence": ("digit by digit", "parens", "slash", "line break", "crlf", "spaced dash", "middle dot", "underscore"), "abroad": ("digit by digit", "slash", "parens")}  # fmt: skip


def characters(r: random.Random) -> Iterator[Case]:
    for i, (disguise, change) in enumerate(CHARACTERS.items()):
        for j, (name, draw) in enumerate(VALUES.items()):
            if disguise in NOT_FOR.get(name, ()) or (disguise == "at in words" and name != "email"):
                continue
            for k in (0, 3):
                value = draw(r)
                yield Case(
                    f"{disguise}", LINES[(i + j + k) % len(LINES)].replace("{}", M), (hidden(change(r, value), value),)
                )
            value = draw(r)
            if j % 3 == i % 3:
                yield Case(
                    f"{disguise}", {"id": 7, "memo": f"re {M} ok", "n": [1, None]}, (hidden(change(r, value), value),)
                )


def secrets(r: random.Random) -> Iterator[Case]:
    """Disguised keys, disguised secret values, tokens in encodings."""
    for i, key in enumerate(KEYS):
        value = v.plain_password(r)
        for name in (sprinkle(r, key, INVISIBLE), key.translate(FULL), key[:2] + "\u00ad" + key[2:]):
            yield Case("key characters", {"id": 1, name: M, "n": 2}, (secret(value),))
        yield Case("key characters", f"a=1 {sprinkle(r, key, INVISIBLE)}={M} b=2", (secret(value),))
        yield Case("key characters", f'{{"a":1,"{escape(key)}":"{M}"}}', (secret(value),))
        yield Case(
            "key characters",
            f"a=1&{percent(key, every=True) if key.isascii() else '%EB%B9%84%EB%B0%80%EB%B2%88%ED%98%B8'}={M}&b=2",
            (secret(value),),
        )
        yield Case("key entities", f"{{&quot;a&quot;:1,&quot;{key}&quot;:&quot;{M}&quot;}}", (secret(value),))
        yield Case(
            "key percent json",
            "body=" + quote(f'{{"a":1,"{key}":"{value}"}}', safe=""),
            (Gone(value, "blob", plain=value),),
            loose=True,
        )
        yield Case("key percent", f"a=1&{quote(key)}={M}&b=2", (secret(value),))
        yield Case("key percent", f"a=1&{quote(key)}={M}&b=2", (Gone(percent(value + "!x"), "secret"),))
        inner = json.dumps({"id": 7, key: value}, ensure_ascii=False)
        for depth in (2, 3, 4):
            text = inner
            for _ in range(depth - 1):
                text = json.dumps({"body": text, "n": depth}, ensure_ascii=False)
            yield Case(
                f"json in json {depth}",
                {"message": text} if i % 2 else text,
                (Gone(value, "blob", plain=value),),
                loose=True,
            )
        blob = v.b64(inner.encode())
        yield Case("base64 body", {"body": M, "isBase64Encoded": True}, (hidden(blob, value),))
        yield Case("base64 body", f"received {M} from queue", (hidden(blob, value),))
        yield Case(
            "base64 kinesis",
            {"Records": [{"kinesis": {"partitionKey": "k1", "data": M}, "eventSource": "aws:kinesis"}]},
            (hidden(blob, value),),
        )
    for i, name in enumerate(TOKENS):
        value = v.VENDORS[name](r)
        lines = ("push {} end", "값 {}", "k:{}")
        for change in (
            lambda _, t: escape(t),
            lambda _, t: percent(t, every=True),
            lambda r, t: sprinkle(r, t, "\u200b\u00ad"),
            lambda _, t: v.b64(f"the key is {t} !".encode()),
            lambda _, t: t.translate(FULL),
            lambda r, t: entities(t, r),
        ):
            yield Case("token encoded", lines[i % 3].replace("{}", M), (hidden(change(r, value), value),))


def layouts(r: random.Random) -> Iterator[Case]:
    for _ in range(3):
        rrn, phone, card, mail = v.rrn(r), v.mobile(r), v.card(r), v.email(r)
        front, back = rrn.split("-")
        a, b, c = phone.split("-")
        yield Case("split fields", {"rrn1": front, "rrn2": M, "n": 1}, (Gone(back, "blob", plain=back),))
        yield Case("split fields", {"juminFront": front, "juminBack": M}, (Gone(back, "blob", plain=back),))
        yield Case("split fields", {"form": {"ssn1": front, "ssn2": M}}, (Gone(back, "blob", plain=back),))
        yield Case(
            "split fields", {"phone1": a, "phone2": M, "phone3": mark(1)}, (Gone(b, "blob", plain=b), Maybe(c, "is"))
        )
        yield Case("split fields", {"hp1": a, "hp2": M, "hp3": mark(1)}, (Gone(b, "blob", plain=b), Maybe(c, "is")))
        parts = card.split("-")
        yield Case(
            "split fields",
            {"cardNo1": mark(2), "cardNo2": M, "cardNo3": mark(1), "cardNo4": mark(3)},
            (
                Gone(parts[1], "blob", plain=parts[1]),
                Gone(parts[2], "blob", plain=parts[2]),
                Maybe(parts[0], "is"),
                Maybe(parts[3], "is"),
            ),
        )
        yield Case("split fields", f"rrn1={front}&rrn2={M}&name=kim", (Gone(back, "blob", plain=back),))
        yield Case(
            "split fields", f"phone1={a}, phone2={M}, phone3={mark(1)}", (Gone(b, "blob", plain=b), Maybe(c, "is"))
        )
        for value in (rrn, phone, card, mail):
            yield Case("map key", {"seen": {M: 3, "other": 1}}, (hidden(value, value),))
            yield Case("map key", f'{{"seen":{{"{M}":3}}}}', (hidden(value, value),))
            yield Case("path", f"GET /v1/members/{M}/orders?page=2 HTTP/1.1 200", (hidden(value, value),))
            yield Case("path", {"path": f"/api/{M}", "method": "GET"}, (hidden(value, value),))
            blob = v.b64(json.dumps({"name": "kim", "contact": value}).encode())
            yield Case("base64 personal", {"data": M, "n": 1}, (hidden(blob, value),))
            yield Case("base64 personal", f"payload={M}", (hidden(blob, value),))
            text = json.dumps({"contact": value})
            for _ in range(3):
                text = json.dumps({"m": text})
            yield Case("json in json 4", {"message": text}, (Gone(value, "blob", plain=value),), loose=True)
            yield Case("120 levels", nested({"memo": f"x {M} y"}, 120), (hidden(value, value),))
            yield Case(
                "30 KB",
                ("line of an ordinary log, nothing to see here 1234; " * 320)
                + f"contact {M} done "
                + ("tail 200 OK " * 1200),
                (hidden(value, value),),
            )
            yield Case("cut off", f'{{"id":7,"rows":[{{"a":1,"contact":"{M}","memo":"abc', (hidden(value, value),))
        yield Case("cut off", f'{{"id":7,"req":{{"password":"{M}', (secret(v.plain_password(r)),))
        yield Case("cut off", f'{{"id":7,"req":{{"token":"{M}', (secret(v.opaque(r)),))
        yield Case("cut off", f"auth {M}", (secret(v.jwt(r)[: r.randint(60, 110)]),))
        pem = v.pem(r)
        cut = pem[: len(pem) // 2]
        yield Case("cut off", f"key\n{M}", (Gone(cut, "blob", plain=cut.split("\n")[1]),))
        yield Case("cut off", {"k": M}, (Gone(cut.replace("\n", "\\n"), "blob", plain=cut.split("\n")[1]),))
        values = [v.mobile(r) for _ in range(60)]
        yield Case("many values", {"list": [f"to {mark(i)}" for i in range(60)]}, tuple(hidden(x, x) for x in values))
        yield Case("many values", " ".join(f"{mark(i)}," for i in range(60)), tuple(hidden(x, x) for x in values))
    for name in (
        "authorization",
        "AUTHORIZATION",
        "Authorization ",
        "X-Forwarded-Authorization",
        "HTTP_AUTHORIZATION",
        "x-amzn-remapped-authorization",
        "X_API_KEY",
        "http_x_api_key",
        "HTTP_COOKIE",
        "Grpc-Metadata-Authorization",
        "x-goog-api-key",
        "X-Vault-Token",
        "X-Amz-Security-Token",
    ):
        value = v.opaque(r)
        yield Case("header spelling", {"headers": {name: M, "host": "x"}}, (secret(value),))
        yield Case("header spelling", f"{name.strip()}: {M}", (secret(value),))
        yield Case("header spelling", {"headers": {name: [M]}}, (secret(value),))
        yield Case("header spelling", {"multiValueHeaders": {name: [M]}, "n": 1}, (secret(value, lead="Bearer "),))


AWKWARD = ('pa"ss1word', "pa,ss1word", "pa}ss]1word", "pa ss1 word", "pa:ss=1word", "pa\\ss1word", "pa'ss1word", "p&ss;1word", "<pa>1ss</pa>", "pass%201word", "패스1워드", "🔑pass1word", "pa\tss1word", "$2b$10$pass1wordxyz", "pa{ss1}word", "{pass1word}", "--pass1word", "#pass1word", "@pass1word!", "pass1word\\")  # fmt: skip


def awkward(r: random.Random) -> Iterator[Case]:
    for i, value in enumerate(AWKWARD):
        key = KEYS[i % 5]
        yield Case("awkward", {"id": 7, key: M, "n": 1}, (secret(value),))
        inner = json.dumps(value, ensure_ascii=False)[1:-1]
        yield Case("awkward", f'{{"id":7,"{key}":"{M}","n":1}}', (secret(inner),))
        yield Case("awkward", f'log: {{"id":7,"{key}":"{M}","n":1}} took 3ms', (secret(inner),))
        if '"' not in value and not value.endswith("\\"):
            yield Case("awkward", f'id=7 {key}="{M}" n=1', (secret(value),))
        yield Case(
            "awkward",
            {"body": json.dumps({"id": 7, key: value}, ensure_ascii=False)},
            (Gone(value, "blob", plain=value),),
            loose=True,
        )


class Maybe(Gone):
    """A piece that may stay or go: the first and last group of what was split over fields."""

    def wrong(self, out: str) -> str | None:
        return None


def nested(inner: dict, levels: int) -> dict:
    for i in range(levels):
        inner = {"n": inner} if i % 3 else {"n": [inner]}
    return inner


def whole_events(r: random.Random) -> Iterator[Case]:
    """A body in base64 inside an API Gateway event, a JSON line inside a Kinesis record inside JSON."""
    for draw in VALUES.values():
        value = draw(r)
        line = json.dumps({"level": "info", "msg": f"contact {value}"}, ensure_ascii=False)
        blob = base64.b64encode(line.encode()).decode()
        yield Case(
            "event base64",
            {"version": "2.0", "body": M, "isBase64Encoded": True, "requestContext": {"stage": "prod"}},
            (hidden(blob, value),),
        )
        yield Case(
            "event base64", f'{{"data":"{M}","approximateArrivalTimestamp":1790000000.1}}', (hidden(blob, value),)
        )
        yield Case("event base64url", {"p": M}, (hidden(v.b64url(line.encode()), value),))
        twice = base64.b64encode(blob.encode()).decode()
        yield Case("event base64 twice", {"p": M}, (Gone(twice, "blob", plain=blob),))


def disguised() -> list[Case]:
    r = random.Random(5011)
    return [*characters(r), *secrets(r), *layouts(r), *awkward(r), *whole_events(r)]
