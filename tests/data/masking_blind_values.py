"""Made-up sensitive values for the masking scores, drawn from a seeded generator and assembled from parts.

Nothing here belongs to anybody: phones lie in unassigned blocks, tokens are random characters behind a vendor's prefix.
"""

import base64
import hashlib
import json
import random
import string
from collections.abc import Callable

Draw = Callable[[random.Random], str]

UPPER = string.ascii_uppercase
LOWER = string.ascii_lowercase
DIGITS = string.digits
ALNUM = string.ascii_letters + DIGITS
HEX = DIGITS + "abcdef"
B64URL = ALNUM + "-_"
BASE32 = UPPER + "234567"
BECH32 = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"


def some(r: random.Random, alphabet: str, n: int) -> str:
    return "".join(r.choice(alphabet) for _ in range(n))


def mixed(r: random.Random, n: int, alphabet: str = ALNUM) -> str:
    """Random characters that hold a letter and a digit, and neither begin nor end with a sign."""
    while True:
        text = some(r, alphabet, n)
        if (
            any(c.isdigit() for c in text)
            and any(c.isalpha() for c in text)
            and text[0].isalnum()
            and text[-1].isalnum()
        ):
            return text


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def b64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


# --- numbers -----------------------------------------------------------------------------------------------------


def luhn_digit(body: str) -> str:
    total = 0
    for i, c in enumerate(reversed(body)):
        d = int(c) * (2 if i % 2 == 0 else 1)
        total += d - 9 if d > 9 else d
    return str(-total % 10)


def mobile(r: random.Random) -> str:
    return f"010-{r.choice('01')}{some(r, DIGITS, 3)}-{some(r, DIGITS, 4)}"


def mobile_bare(r: random.Random) -> str:
    return mobile(r).replace("-", "")


def mobile_old(r: random.Random) -> str:
    return f"{r.choice(['011', '016', '017', '018', '019'])}-{r.randint(200, 999)}-{some(r, DIGITS, 4)}"


def mobile_abroad(r: random.Random) -> str:
    middle, last = f"{r.choice('01')}{some(r, DIGITS, 3)}", some(r, DIGITS, 4)
    shape = r.choice(
        [
            "+82-10-{}-{}",
            "+82 10 {} {}",
            "+8210{}{}",
            "82-10-{}-{}",
            "0082-10-{}-{}",
            "+82 (0)10-{}-{}",
            "+82)10-{}-{}",
            "82 10 {} {}",
        ]
    )
    return shape.format(middle, last)


def landline(r: random.Random) -> str:
    area = r.choice(["02", "031", "032", "033", "041", "042", "051", "053", "055", "062", "064", "070", "0507", "0502"])
    middle = str(r.randint(200, 999)) if area == "02" and r.random() < 0.5 else str(r.randint(2000, 9999))
    shape = r.choice(["{}-{}-{}", "{}){}-{}", "({}) {}-{}", "{}.{}.{}", "{} {} {}"])
    return shape.format(area, middle, some(r, DIGITS, 4))


def _birth(r: random.Random) -> str:
    return f"{r.randint(0, 99):02d}{r.randint(1, 12):02d}{r.randint(1, 28):02d}"


def rrn(r: random.Random) -> str:
    return f"{_birth(r)}-{r.choice('1234')}{some(r, DIGITS, 6)}"


def frn(r: random.Random) -> str:
    return f"{_birth(r)}-{r.choice('5678')}{some(r, DIGITS, 6)}"


def rrn_bare(r: random.Random) -> str:
    """With its check digit. Births in '14 to '19 read like the milliseconds of a log's time, which survive."""
    birth = _birth(r)
    while "14" <= birth[:2] <= "19":
        birth = _birth(r)
    body = birth + r.choice("1234") + some(r, DIGITS, 5)
    weights = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
    total = sum(int(c) * w for c, w in zip(body, weights, strict=True))
    return body + str((11 - total % 11) % 10)


def rrn_bare_new(r: random.Random) -> str:
    return rrn(r).replace("-", "")


def card(r: random.Random) -> str:
    body = r.choice("4567") + some(r, DIGITS, 15)
    return "-".join(body[i : i + 4] for i in range(0, 16, 4))


def card_bare(r: random.Random) -> str:
    body = r.choice(
        [
            "4" + some(r, DIGITS, 14),
            f"5{r.randint(1, 5)}" + some(r, DIGITS, 13),
            "9410" + some(r, DIGITS, 11),
            "3562" + some(r, DIGITS, 11),
        ]
    )
    return body + luhn_digit(body)


def amex(r: random.Random) -> str:
    body = r.choice(["34", "37"]) + some(r, DIGITS, 12)
    return body + luhn_digit(body)


def email(r: random.Random) -> str:
    name = r.choice(
        ["minji.kim", "devops", "lee_sh", "j.park", "ceo+billing", "hong-gildong", "abc", "x9.y8", "Support"]
    )
    host = r.choice(["example.com", "mail.example.co.kr", "corp.example.org", "EXAMPLE.NET", "sub-domain.example.io"])
    return f"{name}{r.randint(1, 99)}@{host}"


def email_short(r: random.Random) -> str:
    return f"{some(r, LOWER, r.randint(1, 2))}@example.com"


def foreign_phone(r: random.Random) -> str:
    n = lambda k: some(r, DIGITS, k)  # noqa: E731  a one-letter name keeps the table readable
    return r.choice(
        [
            f"+1 415 555 {n(4)}",
            f"+1-202-555-{n(4)}",
            f"+44 20 7946 0{n(3)}",
            f"+81-90-{n(4)}-{n(4)}",
            f"+86 138 {n(4)} {n(4)}",
            f"+4915112{n(6)}",
            f"+1 (212) 555-{n(4)}",
            f"+65 6123 {n(4)}",
        ]
    )


def iban(r: random.Random) -> str:
    country, bban = r.choice(
        [
            ("DE", some(r, DIGITS, 18)),
            ("FR", some(r, DIGITS, 23)),
            ("GB", "NWBK" + some(r, DIGITS, 14)),
            ("NL", "ABNA" + some(r, DIGITS, 10)),
            ("ES", some(r, DIGITS, 20)),
        ]
    )
    number = "".join(str(int(c, 36)) for c in f"{bban}{country}00")
    whole = f"{country}{98 - int(number) % 97:02d}{bban}"
    return whole if r.random() < 0.5 else " ".join(whole[i : i + 4] for i in range(0, len(whole), 4))


def licence(r: random.Random) -> str:
    return f"{r.randint(11, 26)}-{some(r, DIGITS, 2)}-{some(r, DIGITS, 6)}-{some(r, DIGITS, 2)}"


def passport(r: random.Random) -> str:
    return (
        r.choice(["M", "S", "R"]) + some(r, DIGITS, 8)
        if r.random() < 0.5
        else f"M{some(r, DIGITS, 3)}{r.choice('ABCDEF')}{some(r, DIGITS, 4)}"
    )


def business(r: random.Random) -> str:
    return f"{r.randint(101, 899)}-{r.randint(10, 89)}-{some(r, DIGITS, 5)}"


def corporate(r: random.Random) -> str:
    return f"{r.choice(['110111', '131111', '180111'])}-{some(r, DIGITS, 7)}"


def account(r: random.Random) -> str:
    n = lambda k: some(r, DIGITS, k)  # noqa: E731
    return r.choice(
        [
            f"{n(6)}-{n(2)}-{n(6)}",
            f"110-{n(3)}-{n(6)}",
            f"1002-{n(3)}-{n(6)}",
            f"{n(3)}-{n(6)}-{n(5)}",
            f"302-{n(4)}-{n(4)}-{n(2)}",
            f"3333-{n(2)}-{n(7)}",
            f"1000-{n(4)}-{n(4)}",
        ]
    )


def account_bare(r: random.Random) -> str:
    return str(r.randint(1, 9)) + some(r, DIGITS, r.randint(10, 13))


def health(r: random.Random) -> str:
    return str(r.randint(1, 9)) + some(r, DIGITS, 10)


def plate(r: random.Random) -> str:
    return f"{r.randint(10, 399)}{r.choice('가나다라마거너더러머버서어저고노도로모보소오조구누두루무부수우주하허호')}{r.choice(['', ' '])}{some(r, DIGITS, 4)}"


def ci(r: random.Random) -> str:
    return b64(r.randbytes(64))


def di(r: random.Random) -> str:
    return b64(r.randbytes(48))


def ssn(r: random.Random) -> str:
    return f"{r.randint(101, 665)}-{r.randint(10, 99)}-{r.randint(1000, 9999)}"


# --- secrets -----------------------------------------------------------------------------------------------------


def password(r: random.Random) -> str:
    return r.choice([
        lambda: f"Spring{r.randint(10, 99)}!{some(r, LOWER, 4)}",
        lambda: mixed(r, 12),
        lambda: f"{some(r, LOWER, 5)}#{some(r, DIGITS, 3)}$Kx",
        lambda: f"hunter{r.randint(2, 999)}",
        lambda: f"Tr0ub4dor&{some(r, DIGITS, 2)}x",
        lambda: f"p@ss^{some(r, ALNUM, 6)}z",
        lambda: f"qwer{some(r, DIGITS, 4)}*",
        lambda: f"{some(r, LOWER, 4)}.{some(r, LOWER, 5)}.{some(r, DIGITS, 2)}w",
    ])()  # fmt: skip


def plain_password(r: random.Random) -> str:
    """A password of letters and digits, for places where a sign has a meaning of its own."""
    return mixed(r, r.randint(8, 14))


def opaque(r: random.Random) -> str:
    return r.choice(
        [lambda: some(r, HEX, 40), lambda: mixed(r, 32), lambda: mixed(r, 43, B64URL), lambda: b64(r.randbytes(24))]
    )()


def otp(r: random.Random) -> str:
    return some(r, DIGITS, 6)


def pin(r: random.Random) -> str:
    return some(r, DIGITS, 4)


def cvc(r: random.Random) -> str:
    return some(r, DIGITS, 3)


def jwt(r: random.Random) -> str:
    head = b64url(json.dumps({"alg": r.choice(["HS256", "RS256"]), "typ": "JWT"}).encode())
    body = b64url(json.dumps({"sub": some(r, DIGITS, 8), "iat": 1790000000 + r.randint(0, 9999)}).encode())
    return f"{head}.{body}.{mixed(r, 43, B64URL)}"


def jwt_two(r: random.Random) -> str:
    return jwt(r).rpartition(".")[0]


def pem(r: random.Random, kind: str = "") -> str:
    kind = kind or r.choice(
        [
            "RSA PRIVATE KEY",
            "PRIVATE KEY",
            "EC PRIVATE KEY",
            "OPENSSH PRIVATE KEY",
            "ENCRYPTED PRIVATE KEY",
            "DSA PRIVATE KEY",
        ]
    )
    lines = [some(r, ALNUM + "+/", 64) for _ in range(r.randint(3, 8))]
    return "\n".join(["-----BEGIN " + kind + "-----", *lines, some(r, ALNUM, 22) + "==", "-----END " + kind + "-----"])


def pgp(r: random.Random) -> str:
    lines = [some(r, ALNUM + "+/", 64) for _ in range(4)]
    return "\n".join(
        [
            "-----BEGIN PGP PRIVATE KEY " + "BLOCK-----",
            "",
            *lines,
            "=" + some(r, ALNUM, 4),
            "-----END PGP PRIVATE KEY " + "BLOCK-----",
        ]
    )


def _after(prefix: str, n: int, alphabet: str = ALNUM) -> Draw:
    return lambda r: prefix + mixed(r, n, alphabet)


VENDORS: dict[str, Draw] = {
    "aws-akia": _after("AKI" + "A", 16, BASE32),
    "aws-asia": _after("ASI" + "A", 16, BASE32),
    "aws-bedrock": lambda r: (
        "ABSK" + b64(f"BedrockAPIKey-{some(r, LOWER + DIGITS, 4)}-at-{some(r, DIGITS, 12)}:{mixed(r, 40)}".encode())
    ),
    "github-classic": _after("gh" + "p_", 36),
    "github-oauth": _after("gh" + "o_", 36),
    "github-server": _after("gh" + "s_", 36),
    "github-fine": lambda r: "github_" + f"pat_{mixed(r, 22)}_{mixed(r, 59)}",
    "gitlab": _after("glp" + "at-", 20),
    "gitlab-runner": _after("glr" + "t-", 20),
    "slack-bot": lambda r: "xox" + f"b-{some(r, DIGITS, 12)}-{some(r, DIGITS, 12)}-{mixed(r, 24)}",
    "slack-user": lambda r: (
        "xox" + f"p-{some(r, DIGITS, 12)}-{some(r, DIGITS, 12)}-{some(r, DIGITS, 12)}-{some(r, HEX, 32)}"
    ),
    "slack-app": lambda r: "xap" + f"p-1-A{some(r, UPPER + DIGITS, 10)}-{some(r, DIGITS, 13)}-{some(r, HEX, 64)}",
    "stripe-live": _after("sk_" + "live_", 24),
    "stripe-test": _after("sk_" + "test_", 99),
    "stripe-restricted": _after("rk_" + "live_", 24),
    "stripe-webhook": _after("whs" + "ec_", 32),
    "openai": lambda r: "sk-" + mixed(r, 20) + "T3Blbk" + "FJ" + mixed(r, 20),
    "openai-project": _after("sk-" + "proj-", 120, B64URL),
    "openai-service": _after("sk-" + "svcacct-", 80, B64URL),
    "anthropic": lambda r: "sk-" + f"ant-api03-{mixed(r, 93, B64URL)}AA",
    "google-api": _after("AI" + "za", 35, B64URL),
    "google-oauth": _after("ya" + "29.", 80, B64URL),
    "google-client": _after("GOC" + "SPX-", 28, B64URL),
    "huggingface": lambda r: "hf" + "_" + some(r, string.ascii_letters, 34),
    "npm": _after("np" + "m_", 36),
    "pypi": lambda r: "py" + "pi-AgEIcHlwaS5vcmc" + mixed(r, 70, B64URL),
    "sendgrid": lambda r: "S" + f"G.{mixed(r, 22, B64URL)}.{mixed(r, 43, B64URL)}",
    "twilio": _after("S" + "K", 32, HEX),
    "telegram": lambda r: f"{r.randint(1, 9)}{some(r, DIGITS, 9)}:A" + "A" + mixed(r, 33, B64URL),
    "sentry-org": lambda r: (
        "sntrys_" + b64(json.dumps({"iat": 1790000000, "url": "https://sentry.example"}).encode()) + "_" + mixed(r, 43)
    ),
    "sentry-user": _after("sntr" + "yu_", 64, HEX),
    "langfuse": lambda r: (
        "sk-" + f"lf-{some(r, HEX, 8)}-{some(r, HEX, 4)}-4{some(r, HEX, 3)}-a{some(r, HEX, 3)}-{some(r, HEX, 12)}"
    ),
    "databricks": _after("dap" + "i", 32, HEX),
    "shopify": _after("shp" + "at_", 32, HEX),
    "shopify-app": _after("shp" + "ss_", 32, HEX),
    "digitalocean": _after("dop" + "_v1_", 64, HEX),
    "vault": _after("hv" + "s.", 90, B64URL),
    "doppler": _after("dp." + "pt.", 43),
    "linear": _after("lin_" + "api_", 40),
    "notion": _after("nt" + "n_", 46),
    "postman": lambda r: "PM" + f"AK-{some(r, HEX, 24)}-{some(r, HEX, 34)}",
    "grafana": lambda r: "gl" + f"sa_{mixed(r, 32)}_{some(r, HEX, 8)}",
    "newrelic": _after("NRA" + "K-", 27, UPPER + DIGITS),
    "perplexity": _after("ppl" + "x-", 48),
    "groq": _after("gs" + "k_", 52),
    "xai": _after("xa" + "i-", 80),
    "planetscale": _after("pscale_" + "tkn_", 43, B64URL),
    "supabase": _after("sb" + "p_", 40, HEX),
    "toss-live": _after("live" + "_sk_", 30),
    "toss-test": _after("test" + "_sk_", 30),
    "toss-widget": _after("live" + "_gsk_", 30),
    "alibaba": _after("LT" + "AI5t", 20),
    "tencent": _after("AK" + "ID", 32),
    "age": lambda r: "AGE-SECRET-" + "KEY-1" + mixed(r, 58, BECH32),
}


def digest(r: random.Random, kind: str) -> str:
    return hashlib.new(kind, r.randbytes(16), usedforsecurity=False).hexdigest()
