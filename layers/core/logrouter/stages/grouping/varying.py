r"""What varies in a message from one occurrence to the next: kinds of text as data, each with its own examples.

Patterns are verbose and ASCII (`\w`, `\d` and `\b` know Latin letters and digits only, so a Korean particle behind an
id ends it), are asked in this order, and have possessive repeats, so that no message takes long.
"""

from enum import Enum
from typing import Final, NamedTuple


class Lifts(Enum):
    """Which part of a match becomes a parameter."""

    NOTHING = "nothing"
    ALL = "all"
    INSIDE = "inside"
    ESCAPED = "escaped"
    VALUE = "value"
    IDS = "ids"
    NAMED = "named"
    ROUTE = "route"
    URL = "URL"
    ENDPOINT = "endpoint"
    ARN = "ARN"


class Kind(NamedTuple):
    """One kind of text.

    Args:
        name: what it is.
        starts: `9` when it can begin with a digit, `a` with a letter or `_`, `.` with anything else.
        pattern: verbose regular expression.
        lifts: what of a match varies.
        examples: texts and their templates.
    """

    name: str
    starts: str
    pattern: str
    lifts: Lifts
    examples: tuple[tuple[str, str], ...] = ()


NUMBER: Final = r"(?:[-+](?<![\w.)\]][-+]))?(?<![A-Za-z_\d])\d++(?:[.,:]\d++)*+(?:[eE][-+]?\d++)?"
QUOTED: Final = (
    r"""(?:[bru](?<!\w[bru]))?(?:"(?:[^"\\\n]|\\.){0,300}+"|(?:(?<!\w)|(?<=\b[bru]))'(?:[^'\\\n]|\\.){0,300}+'(?!\w))"""
    r"""|`[^`'\n]{1,300}+[`']|“[^”\n]{1,300}+”|‘[^’\n]{1,300}+’|「[^」\n]{1,300}+」|『[^』\n]{1,300}+』|«[^»\n]{1,300}+»"""
)
_ITEM: Final = rf"(?:{QUOTED}|[-+]?\d[\w.:-]*+|[A-Za-z_][\w-]{{0,60}}+(?<=\d)|null|NULL|None|nil|true|false|True|False)"
_MONTH: Final = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?"
_DAY: Final = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}"
_CLOCK: Final = r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:\ ?[AaPp][Mm]\b)?"
_OFFSET: Final = r"(?:Z\b|\ ?(?:UTC|GMT|KST)(?:[+-]\d\d:?\d\d)?|\ ?[+-]\d\d:?\d\d)?(?:\ \([A-Z][A-Za-z ]{2,40}\))?"
_VERBS: Final = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS"
_SEGMENT: Final = r"""[^\s/"'<>|:,;()\[\]{}]{1,100}+"""
_CODE_NAMES: Final = (
    r"(?:code|type|err|error|errorCode|error_code|errorType|error_type|\w{0,20}?[rR]eason|cause|event|status|state"
    r"|exception|kind|level|op|operation)"
)
"""Names of which a word is part of what happened."""

REGION: Final = r"(?:us|eu|ap|sa|ca|me|af|il|cn|mx)-(?:gov-)?(?:north|south|east|west|central)(?:east|west)?-\d"
_HEX4: Final = r"[0-9a-fA-F]{1,4}"
_HOST: Final = r"\w(?<![\w.-].)[\w-]*+(?:\.[\w-]++){1,12}+"
_FOLDERS: Final = (
    "var|etc|tmp|home|usr|opt|data|mnt|app|srv|dev|proc|run|root|Users|Volumes|Library|private|workspace|lib|bin|sys"
)
"""Where files lie; a path that begins otherwise and names no kind of file is a route."""

_THINGS: Final = (
    "constraint|table|column|relation|index|key|database|schema|type|function|procedure|trigger|view|sequence|field"
    "|property|attribute|parameter|param|argument|option|setting|flag|template|command|module|class|method|package"
    "|extension|plugin|role|variable|header|필드|컬럼|칼럼|테이블|항목|파라미터|설정|옵션|속성"
)
"""Words that say: what follows in quotes is the name of a part of the system, not a value that somebody sent."""

KINDS: Final = (
    Kind(
        "numbered code",
        "a",
        r"""(?:\b[cC]ode|\b[sS]tatus|\berrno|\bHTTP|\b[sS]ignal|코드|상태)(?:\ (?:code|코드))?(?:\ (?:is|was|of))?
          (?::\ ?|=|\ |\ =\ |\ \()["']?-?\d{1,5}(?![\d.,:-]*\d)(?!\ ?(?:%|ms\b))
        |(?:\bfailed|\bfailure|\berror|실패|오류|에러)(?:\ with)?:?\ [45]\d\d(?=[.,;)]?(?:\s*$|\ in\ |\ from\ ))""",
        Lifts.NOTHING,
        (
            ("failed with status code 503 after 3 tries", "failed with status code 503 after %s tries"),
            ("exit code 137, errno 13, HTTP 429", "exit code 137, errno 13, HTTP 429"),
            ("외부 API 호출 실패: 500", "외부 API 호출 실패: 500"),
            ("GET /x/1 failed with 502", "GET /x/%s failed with 502"),
            ("status 17.5%", "status %s%%"),
        ),
    ),
    Kind(
        "named thing",
        "a",
        rf"""(?<![A-Za-z])(?:{_THINGS})(?:\ named|\ called|:)?\ (?:{QUOTED})""",
        Lifts.NAMED,
        (
            ('column "totl" does not exist', 'column "totl" does not exist'),
            ("Duplicate entry 'kim' for key 'users.email'", "Duplicate entry '%s' for key 'users.email'"),
            ("relation 'orders_202611' is gone", "relation 'orders_%s' is gone"),
            ("no field 'a b' in table `orders`", "no field '%s' in table `orders`"),
            ("필드 '이메일'이 없습니다", "필드 '이메일'이 없습니다"),
        ),
    ),
    Kind(
        "word of a pair",
        "a",
        rf"""\b{_CODE_NAMES}=(?:"[A-Za-z_.\ -]{{1,60}}+"|'[A-Za-z_.\ -]{{1,60}}+')""",
        Lifts.NOTHING,
        (('shard=4 err="permission denied"', 'shard=%s err="permission denied"'),),
    ),
    Kind(
        "month or half of a day",
        "a",
        rf"""\b(?:January|February|April|June|July|August|September|October|November|December)\b(?!\ \d)
        |(?:오전|오후)\ ?(?:{_CLOCK}|\d{{1,2}}시(?:\ ?\d{{1,2}}분)?)""",
        Lifts.ALL,
        (("오후 3:15 배치, January", "%s 배치, %s"),),
    ),
    Kind(
        "word",
        "a",
        rf"""\s++|(?!(?:{_VERBS})\ /|{_MONTH}\ \d|{_DAY},?\ [A-Z\d])
        [A-Za-z가-힣]{{2,15}}+(?![\w@/\\=*+\[-]|:(?=[\w/\\])|\.(?=\w))""",
        Lifts.NOTHING,
        (
            ("payment refused: try again", "payment refused: try again"),
            ("결제가 거절되었습니다", "결제가 거절되었습니다"),
            ("feedback accepted, deadline met", "feedback accepted, deadline met"),
        ),
    ),
    Kind(
        "colour",
        ".",
        r"\x1b\[[0-9;]{0,20}+[A-Za-z]",
        Lifts.NOTHING,
        (("\x1b[31mfailed\x1b[0m 3 times", "\x1b[31mfailed\x1b[0m %s times"),),
    ),
    Kind(
        "json word",
        ".",
        rf""""{_CODE_NAMES}"\s*+:\s*+"[A-Za-z_.:\ ()-]{{1,80}}+\"""",
        Lifts.NOTHING,
        (('{"code":"E_TIMEOUT","order":17}', '{"code":"E_TIMEOUT","order":%s}'),),
    ),
    Kind(
        "json key",
        ".",
        r'"[^"\\\n]{1,200}+"(?=\s*+(?::|=>))|\["[^"\\\n]{1,200}+"\]\s*+=>',
        Lifts.NOTHING,
        (
            ('{"user": "kim", "n": 3}', '{"user": "%s", "n": %s}'),
            ('["user"]=> string(3) "kim", "n"=>3', '["user"]=> string(%s) "%s", "n"=>%s'),
        ),
    ),
    Kind(
        "code",
        "a",
        r"""\b(?:ORA|TNS|PLS|MY|ERR|HTTP|TLSv?|SSLv|UTF|ISO|RFC|SHA|AES|CVE|KB)(?:-\d{1,5}|/?\d(?:\.\d)?)\b
        |SQLSTATE\[\w{5}\]""",
        Lifts.NOTHING,
        (
            ("ORA-00942: no table after 3 tries", "ORA-00942: no table after %s tries"),
            ("SQLSTATE[23000]: 17", "SQLSTATE[23000]: %s"),
            ("HTTP/1.1 503", "HTTP/1.1 %s"),
        ),
    ),
    Kind(
        "list",
        ".",
        rf"\[\s*+(?:{_ITEM}(?:\s*+,\s*+{_ITEM})++|{QUOTED}|{NUMBER})\s*+,?\s*+\]|\(\s*+{_ITEM}(?:\s*+,\s*+{_ITEM})++\s*+,?\s*+\)",
        Lifts.INSIDE,
        (
            ("ids [1, 2, 3] missing", "ids [%s] missing"),
            ("ids [7] missing", "ids [%s] missing"),
            ("names ['a', 'b']", "names [%s]"),
            ("VALUES (1, 'a', NULL)", "VALUES (%s)"),
        ),
    ),
    Kind(
        "quoted",
        "a.",
        QUOTED,
        Lifts.INSIDE,
        (
            ("no coupon 'SPRING' or \"lib\"", "no coupon '%s' or \"%s\""),
            ("value b'x' of ''", "value b'%s' of '%s'"),
            ("can't do what isn't there", "can't do what isn't there"),
            ("상품 「의자」와 “책상”", "상품 「%s」와 “%s”"),
        ),
    ),
    Kind(
        "escaped key",
        ".",
        r'\\"[^"\\\n]{1,200}+\\"(?=\s*+:)',
        Lifts.NOTHING,
    ),
    Kind(
        "escaped text",
        ".",
        r'\\"[^"\\\n]{0,300}+\\"',
        Lifts.ESCAPED,
        ((r'body "{\"user\":\"kim\",\"n\":3}', r'body "{\"user\":\"%s\",\"n\":%s}'),),
    ),
    Kind(
        "route",
        "a",
        rf"""\b(?:{_VERBS})\ /[^\s"'<>\])]{{0,500}}+(?:\ (?:HTTP/\d(?:\.\d)?"?\ )?[1-5]\d\d\b(?![.,]?\d))?""",
        Lifts.ROUTE,
        (
            ("POST /orders/17/pay?card=1 failed", "POST /orders/%s/pay?%s failed"),
            ("GET /api/v1/users failed", "GET /api/v1/users failed"),
            ("GET /orders/12 500 865ms", "GET /orders/%s 500 %s"),
        ),
    ),
    Kind(
        "uuid",
        "9a",
        r"\b[0-9a-zA-Z]{8}-[0-9a-zA-Z]{4}-[0-9a-zA-Z]{4}-[0-9a-zA-Z]{4}-[0-9a-zA-Z]{12}\b(?<=[0-9a-zA-Z-]{36})",
        Lifts.ALL,
        (("회원 3f2504e0-4f89-41d3-9a0c-0305e82c3301의 요청", "회원 %s의 요청"),),
    ),
    Kind(
        "trace",
        "9a",
        r"\b[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}\b|\b1-[0-9a-f]{8}-[0-9a-f]{24}\b",
        Lifts.ALL,
        (("trace 1-67891233-abcdef012345678912345678", "trace %s"),),
    ),
    Kind(
        "jwt",
        "a",
        r"\beyJ[\w-]{5,2000}+\.[\w-]{5,2000}+(?:\.[\w-]{0,2000}+)?",
        Lifts.ALL,
        (("token " + "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0In0" + ".abc-DEF expired", "token %s expired"),),
    ),
    Kind(
        "url",
        "a",
        r"""\b(?:\w{2,12}\+)?(?:https?|s3|wss?|ftp|postgres(?:ql)?|mysql|rediss?|amqps?|mongodb|kafka|grpc|jdbc:\w{1,20})
        ://[^\s"'<>)\]|]{1,500}+""",
        Lifts.URL,
        (
            ("GET https://x.example.com/orders/17?b=1 broke", "GET https://x.example.com/orders/%s?%s broke"),
            ("s3://orders-archive/2026/x.csv is corrupt", "s3://orders-archive/%s is corrupt"),
            ("redis://10.0.0.7:6379/0 down", "redis://%s:6379/%s down"),
        ),
    ),
    Kind(
        "arn",
        "a",
        r"""\barn:aws[\w\-]{0,10}+:[^\s"',)\]]{1,300}+""",
        Lifts.ARN,
        (
            ("arn:aws:sqs:eu-west-1:123456789012:orders denied", "arn:aws:sqs:%s:%s:orders denied"),
            ("arn:aws:states:eu-west-1:1:execution:pay:7a1c9e0b-1", "arn:aws:states:%s:%s:execution:pay:%s"),
        ),
    ),
    Kind(
        "address",
        "9a.",
        r"[\w.+*-](?<![\w.+*-].)[\w.+*-]{0,63}+@[\w\-]{1,63}+(?:\.[\w\-*]{1,63}+){1,8}+",
        Lifts.ALL,
        (("mail to us**@example.com bounced", "mail to %s bounced"),),
    ),
    Kind(
        "masked",
        "9a.",
        r"""[\w*-](?<![\w*-].)(?=[\w-]{0,40}+\*\*)[\w*-]++(?:\.[\w*]++)*+|\+[\w-]{1,12}\*\*[\w*-]*+|[가-힣]\*++[가-힣]?
        |\[(?:EMAIL|IP|CARD|PHONE|MASKED|REDACTED|Filtered|UUID)\]""",
        Lifts.ALL,
        (
            ("key ***MASKED*** refused", "key %s refused"),
            ("phone 010-****-5678", "phone %s"),
            ("김*수님의 결제", "%s님의 결제"),
        ),
    ),
    Kind(
        "date",
        "9a",
        rf"""\b(?:{_DAY},?\ )?{_MONTH}\ {{1,2}}\d{{1,2}}\b(?:,?\ \d{{4}}\b)?(?:,?\ {_CLOCK})?(?:\ \d{{4}}\b)?{_OFFSET}
        |\b(?:{_DAY},?\ )?\d{{1,2}}[ /-]{_MONTH}[ /-]\d{{2,4}}\b(?:[ :,]\ ?{_CLOCK})?{_OFFSET}
        |\b\d{{4}}년\ ?\d{{1,2}}월\ ?\d{{1,2}}일(?:\ ?\(?[월화수목금토일](?:요일)?\)?)?(?:\ ?(?:오전|오후))?
          (?:\ ?\d{{1,2}}시(?:\ ?\d{{1,2}}분)?(?:\ ?\d{{1,2}}초)?|\ ?{_CLOCK})?
        |\b\d{{4}}(?<![\w.]\d\d\d\d)[-/.]\d{{1,2}}[-/.]\d{{1,2}}(?:[T ,]\ ?(?:오전\ |오후\ )?{_CLOCK})?{_OFFSET}(?!\w)
        |\b\d{{1,2}}/\d{{1,2}}/\d{{4}}(?:,?\ {_CLOCK})?|\b\d{{4}}-W\d\d(?:-\d)?\b""",
        Lifts.ALL,
        (
            ("at 2026-11-20T02:00:00.123Z lost", "at %s lost"),
            ("since 2026-11-20 02:00:00,123 +0900", "since %s"),
            ("Fri, 20 Nov 2026 02:00:00 GMT expired", "%s expired"),
            ("Nov 20 02:00:00 sshd", "%s sshd"),
            ("20/Nov/2026:02:00:00 +0000", "%s"),
            ("Fri Nov 20 2026 02:00:00 GMT+0000 (Coordinated Universal Time)", "%s"),
            ("11/20/2026, 5:58:11 AM now", "%s now"),
            ("2026년 11월 20일 오후 3시 5분에 실패", "%s에 실패"),
            ("Fri Nov  2 01:05:09 2026 and week 2026-W47", "%s and week %s"),
        ),
    ),
    Kind(
        "time",
        "9",
        r"\b\d(?<![\w:.].)\d?:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:\ ?[AaPp][Mm]\b)?(?:Z\b|\ ?[+-]\d\d:?\d\d)?(?![\w:])",
        Lifts.ALL,
        (("from 02:00:00.123 to 9:30 PM", "from %s to %s"),),
    ),
    Kind(
        "IPv6",
        "9a.",
        rf"""(?<![\w:])(?:(?:{_HEX4}:){{3,7}}{_HEX4}|(?:{_HEX4}(?::{_HEX4}){{0,6}})?::(?:{_HEX4}(?::{_HEX4}){{0,6}})?)
        (?<=[\da-fA-F])(?:%\w{{1,16}})?(?:/\d{{1,3}})?(?![\w:])""",
        Lifts.ALL,
        (
            ("fe80::1%eth0 or ::1 or 2001:db8::8a2e:370:7334", "%s or %s or %s"),
            ("std::vector of Foo::bar", "std::vector of Foo::bar"),
        ),
    ),
    Kind(
        "MAC", "9a", r"\b(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}\b", Lifts.ALL, (("mac 00:1B:44:11:3A:B7", "mac %s"),)
    ),
    Kind(
        "IPv4",
        "9",
        r"\b\d{1,3}(?:\.(?:\d{1,3}|\*{1,3})){3}(?:/\d{1,2}|:\d{1,5})?\b(?!\.\d)",
        Lifts.ENDPOINT,
        (
            ("refused by 10.0.0.7:5432", "refused by %s:5432"),
            ("read 10.1.2.3:48922->10.9.8.7:443", "read %s->%s:443"),
            ("no route to 10.0.0.0/16", "no route to %s"),
        ),
    ),
    Kind(
        "duration",
        "9a.",
        r"""\b\d++(?:\.\d++)?\ (?:milli|micro|nano)?(?:sec(?:ond)?|min(?:ute)?|hour|hr|day|week|month|year|s|ms|h)s?\b
          (?:,?\ (?:and\ )?\d++(?:\.\d++)?\ (?:sec(?:ond)?|min(?:ute)?|hour|hr|day)s?\b|,\ \d++:\d\d:\d\d)*+
        |\b\d++(?:개월|주일|주|일|시간|분|초)\ \d++(?:일|시간|분|초)(?:\ \d++(?:분|초))*+
        |\bP(?:\d++D)?T(?:\d++H)?(?:\d++M)?(?:\d++(?:\.\d++)?S)?\b(?<=[HMS])
        |(?:-(?<!\w-))?\d(?<![\w.]\d)(?:\d*+(?:\.\d++)?(?:ns|us|µs|μs|ms|h|m|s|d)){1,5}+(?![A-Za-z0-9_])""",
        Lifts.ALL,
        (
            ("took 12.5ms", "took %s"),
            ("took 1m30.5s, 3 retries", "took %s, %s retries"),
            ("after PT1H30M", "after %s"),
            ("ran for 3 hours", "ran for %s"),
            ("1시간 30분 동안", "%s 동안"),
        ),
    ),
    Kind(
        "size",
        "9.",
        r"(?:-(?<!\w-))?\d(?<![\w.]\d)\d*+(?:[.,]\d++)*+\ ?(?:[KMGTPE]i?B|[kKMGT]b?|bytes|B)(?![A-Za-z0-9_])",
        Lifts.ALL,
        (("used 512MB of 1.5GiB", "used %s of %s"), ("wrote 1,024 bytes", "wrote %s")),
    ),
    Kind(
        "ordinal or power",
        "9",
        r"\b\d++(?:st|nd|rd|th|(?:\.\d++)?[eE][-+]?\d++)\b",
        Lifts.ALL,
        (("1st and 22nd try by 1e-05", "%s and %s try by %s"),),
    ),
    Kind(
        "host",
        "9a",
        rf"""{_HOST}(?:(?<=\.internal)|(?<=\.local)|(?<=aws\.com)|(?<=aws\.cn)|(?<=\.com)|(?<=\.net)|(?<=\.org)|(?<=\.dev)
        |(?<=\.app)|(?<=\.io)|(?<=\.kr)|(?<=\.cloud))(?::\d{{1,5}})?(?![\w.(])
        |{_HOST}:\d{{2,5}}\b(?![:.])(?<!\.py:\d\d)(?<!\.\w\w:\d\d\d)(?<!\.\w\w:\d\d)""",
        Lifts.ENDPOINT,
        (
            (
                "db ip-10-0-0-1.ap-northeast-2.compute.internal:5432 down",
                "db ip-%s.ap-northeast-2.compute.internal:5432 down",
            ),
            ("could not resolve payments.example.com", "could not resolve payments.example.com"),
            ("db-replica-3.internal is down", "db-replica-%s.internal is down"),
            ("com.example.shop.Pay failed", "com.example.shop.Pay failed"),
        ),
    ),
    Kind(
        "path",
        "9a.",
        rf"""(?:(?:~|\.{{1,2}})/(?<![\w/:]~/)(?<![\w/:]\./)|/(?<![\w/:.]/)(?:{_FOLDERS})/)(?:{_SEGMENT}/){{0,20}}+(?:{_SEGMENT})?
        |/(?<![\w/:.]/)(?:{_SEGMENT}/){{1,20}}+(?:[^\s/"'<>|:,;()\[\]{{}}]{{1,100}}\.[A-Za-z]\w{{0,4}}\b)(?![\w/])
        |\w(?<![\w/.-]\w)[\w.-]*+/(?:[\w.-]++/){{1,20}}+[\w-]++\.\w{{1,5}}\b
        |\b[A-Za-z]:\\(?:[^\s\\"'<>|:]{{1,100}}+\\){{0,20}}+[^\s\\"'<>|:,;]{{0,100}}+""",
        Lifts.ALL,
        (
            ("cannot open /var/task/data/7.csv", "cannot open %s"),
            ("cannot open data/2026/7.csv:12", "cannot open %s:%s"),
            ("file C:\\data\\x.csv missing", "file %s missing"),
            ("no /reports/2026/q1.pdf in ./out/q1", "no %s in %s"),
            ("application/json is not text/html", "application/json is not text/html"),
        ),
    ),
    Kind(
        "path of a route",
        ".",
        rf"/(?<![\w/:.]/){_SEGMENT}(?:/{_SEGMENT})*+/?+",
        Lifts.ROUTE,
        (("loop at /ko/products/77, /orders is down", "loop at /ko/products/%s, /orders is down"),),
    ),
    Kind(
        "region",
        "a",
        rf"\b{REGION}[a-f]?\b",
        Lifts.ALL,
        (("region ap-northeast-2 unavailable", "region %s unavailable"),),
    ),
    Kind(
        "object",
        "9.",
        r"\b0[xX][0-9a-fA-F]++\b|@(?<=[A-Za-z]@)[0-9a-f]{5,16}+\b",
        Lifts.ALL,
        (("<Order at 0x7f3a2b1c> of shop.Order@1a2b3c4d", "<Order at %s> of shop.Order%s"),),
    ),
    Kind(
        "hash in a name",
        "9a",
        r"[0-9a-f](?<=[.-].)(?=[0-9]*+[a-f])(?=[a-f]*+[0-9])[0-9a-f]{5,63}+(?=\.(?:[mc]?js|css|chunk|bundle)\b)",
        Lifts.ALL,
        (("at main.3f2a1b.js:12", "at main.%s.js:%s"),),
    ),
    Kind(
        "version",
        "9a",
        r"\b[vV]?\d++\.\d++\.\d++(?:[-+.][0-9A-Za-z][\w.+-]{0,40}+)?",
        Lifts.ALL,
        (("needs v1.2.3-rc1+5, has 2.0.1", "needs %s, has %s"),),
    ),
    Kind(
        "Base64",
        "9a",
        r"""[A-Za-z0-9](?<![A-Za-z0-9+/=].)(?=[a-z0-9+/]*+[A-Z])(?=[A-Za-z+/]*+\d)(?=[A-Z0-9+/]*+[a-z])[A-Za-z0-9+/]{11,2000}+
        ={1,2}(?![\w=])""",
        Lifts.ALL,
        (("blob dGhpcyBpcyBhIHRlc3QgMTIz== end", "blob %s end"),),
    ),
    Kind(
        "pair",
        "9a",
        r"""[A-Za-z_](?<![\w.-].)[\w.-]{0,60}+=[^\s"'`\[\](){},;=&]{1,200}+""",
        Lifts.VALUE,
        (
            ("user=kim state=PENDING request_id=abc", "user=%s state=PENDING request_id=%s"),
            ("errorCode=TIMEOUT, retry=true took=12ms", "errorCode=TIMEOUT, retry=%s took=%s"),
            ("user kim (id=7) has no cart", "user kim (id=%s) has no cart"),
            ("Pool(host='db', port=443): Read timed out", "Pool(host='%s', port=%s): Read timed out"),
            ("<Order id=7> lacks {sku=4711}.", "<Order id=%s> lacks {sku=%s}."),
        ),
    ),
    Kind("lone number", "9.", rf"{NUMBER}(?![\w-])(?!,\ ?\d)", Lifts.ALL, (("total=120.00, rest", "total=%s, rest"),)),
    Kind("seat", "9", r"\b\d{1,4}[A-Z]\b", Lifts.ALL, (("seat 14C or 2A", "seat %s or %s"),)),
    Kind("numbers", "9.", rf"{NUMBER}(?:,\ ?{NUMBER})++(?!\w)", Lifts.ALL, (("rows 1, 2, 3 and 4", "rows %s and %s"),)),
    Kind(
        "name with ids",
        "9a",
        r"[0-9A-Za-z](?<![\w-].)(?=[A-Za-z_-]*+\d|[A-Za-z]{16})[0-9A-Za-z_-]{2,200}+",
        Lifts.IDS,
        (
            ("pod orders-api-7d9f8b6c5d-x2k4j evicted", "pod orders-api-%s evicted"),
            ("주문 ORD-20261120-0001을 찾을 수 없음", "주문 ORD-%s을 찾을 수 없음"),
            ("commit deadbeef01 of utf8 in rack-west-1", "commit %s of utf8 in rack-west-%s"),
            ("[req-8f2a1c] seat 14C", "[req-%s] seat %s"),
            ("charge ch_3MtwBwLkdIwHu7ix0snN0B15 of user4711", "charge ch_%s of user%s"),
        ),
    ),
    Kind(
        "number",
        "9.",
        rf"{NUMBER}|\d(?<=[_-]\d)\d*+",
        Lifts.ALL,
        (("order 17 is -3.2e-05 or 30%", "order %s is %s or %s%%"), ("주문 1234건", "주문 %s건"), ("12,000원", "%s원")),
    ),
    Kind("rest of a word", "a", r"[A-Za-z_]++|[가-힣]++", Lifts.NOTHING),
)
"""Every kind, the most telling first; words early, because most of a text is words."""

_NAMES: Final = """
    id key name user email mail host ip addr address path file url uri token session trace span request req order
    customer account tenant device bucket topic partition offset pod node instance date time timestamp ts amount count
    qty quantity value cursor hash checksum tag version arn container task worker thread pid port size length
"""

VARYING_NAMES: Final = frozenset(_NAMES.split())
"""Names of which every value is another; behind other names (`state=`, `reason=`) a word is part of what happened."""

TRUTHS: Final = frozenset({"true", "false", "null", "none", "nil", "undefined", "nan"})
"""Values that vary behind any name, in small letters."""
