"""Records that hold something sensitive in plain sight: every class of the contract, in lines a logger would write."""

import json
import random
from collections.abc import Callable, Iterator

from tests.data import masking_blind_values as v
from tests.data.masking_blind_cases import (
    Case,
    Gone,
    Number,
    address,
    call,
    card,
    digits,
    mark,
    phone,
    resident,
    secret,
)

M = mark()
Wrap = Callable[[str], Gone]

# Lines for what is sensitive wherever it stands. {} is the value.
ANYWHERE = (
    "2026-11-20T04:11:09.123Z INFO  c.e.order.OrderService - contact {} confirmed for order 20261120-000123",
    "[Nest] 71  - 11/20/2026, 4:11:09 AM     LOG [MemberController] caller={} took=31ms",
    "고객 {} 님 배송 출발 안내 발송",
    "수신자({}) 메시지 전송 실패 재시도 2/3",
    "failed to notify [{}]: upstream 503",
    "WARN user lookup, {}, not found, retrying",
    "연락처:{}",
    "to={};from=system;attempt=1",
    "<member><contact>{}</contact></member>",
    "INSERT INTO member(contact, grade) VALUES ('{}', 'GOLD')",
    "담당자 변경: 이전 담당 {}에게 인수인계 완료",
    'callback "{}" / ext. none',
    "req-7f3a member|{}|ACTIVE|2026-11-20",
    "본인확인 대상은 {}입니다.",
    "'{}' is a duplicate entry for key 'uk_member'",
    "ERROR: duplicate key value violates unique constraint Detail: Key (contact)=({}) already exists.",
    "validation failed: Member(name=홍길동, contact={}, grade=3)",
    "\tat handler input {}\n\tat java.base/java.lang.Thread.run(Thread.java:840)",
    "{}",
    "계정 복구 요청 → {} (KST 13:11)",
)
DOCUMENTS = (
    {"level": 30, "time": 1790000000123, "pid": 7, "hostname": "ip-10-0-1-7", "msg": "sent", "to": M},
    {"level": "info", "message": f"notify {M} done", "timestamp": "2026-11-20T04:11:09.123Z", "service": "member"},
    {"log": {"ctx": {"rows": [{"n": 1, "v": M}, {"n": 2, "v": None}]}}, "ok": True, "ratio": 0.5},
    {"severity": "INFO", "body": {"applicant": {"memo": f"통화 희망 {M}"}}, "attributes": {"http.status_code": 200}},
    {"list": ["a", M, 3, False], "count": 3},
)

# Lines that carry the label a class needs.
LABELLED: dict[str, tuple[Callable, tuple[str, ...]]] = {
    "passport": (v.passport, (
        "여권번호 {} 확인", "여권번호: {}", "passport no. {} scanned at gate 3", "passportNumber={} nation=KOR", "여권 {} 만료 임박", "passport: {}", "<passportNo>{}</passportNo>",
    )),
    "business": (v.business, (
        "사업자등록번호 {} 조회", "사업자번호: {} 휴업", "bizNo={} status=01", "business registration number {} is closed", "사업자 등록번호({})", "brn: {}",
    )),
    "corporate": (v.corporate, ("법인등록번호 {}", "법인번호: {} 조회 결과 없음", "corporate registration number {}", "corpRegNo={} ok")),
    "account": (v.account, (
        "국민은행 {} 홍길동", "계좌번호 {} 으로 환불", "환불계좌: 신한 {}", "accountNumber={} bank=004", "입금 계좌 {} 확인", "카카오뱅크 {} 로 1,000원 송금", "bank account {} rejected",
    )),
    "account-bare": (v.account_bare, ("계좌번호 {} 이체 한도 초과", "accountNo={} bankCode=088", "농협 계좌 {} 예금주 불일치", "bank_account: {}", "account number {} is dormant")),
    "health": (v.health, ("건강보험증 번호 {}", "건강보험번호: {} 자격 확인", "healthInsuranceNo={} ok", "health insurance number {}")),
    "plate": (v.plate, ("차량번호 {} 입차", "차량 번호: {}", "plateNumber={} gate=2", "car plate {} entered", "차량번호판 {} 인식")),
    "ci": (v.ci, ("CI={} age=20", "본인확인 결과 ci: {}", "연계정보 {}", '"ci":"{}",', "user CI {} stored")),
    "di": (v.di, ("DI={} site=1", "중복가입확인정보: {}", "di: {} ok", '"di":"{}"')),
    "ssn": (v.ssn, ("SSN {} verified", "ssn={} state=CA", "social security number: {}", "Social Security No. {}")),
    "rrn-bare-new": (v.rrn_bare_new, ("주민등록번호 {} 검증", "주민번호: {}", "rrn={} ok", "residentNumber: {}", "외국인등록번호 {} 조회", "jumin={}")),
}  # fmt: skip

PII: dict[str, tuple[Callable, Wrap]] = {
    "mobile": (v.mobile, phone),
    "mobile-old": (v.mobile_old, phone),
    "mobile-bare": (v.mobile_bare, call),
    "mobile-abroad": (v.mobile_abroad, call),
    "landline": (v.landline, call),
    "rrn": (v.rrn, resident),
    "frn": (v.frn, resident),
    "rrn-bare": (v.rrn_bare, digits),
    "card": (v.card, card),
    "card-bare": (v.card_bare, digits),
    "amex": (v.amex, digits),
    "email": (v.email, address),
    "email-short": (v.email_short, address),
    "phone-foreign": (v.foreign_phone, call),
    "iban": (v.iban, digits),
    "licence": (v.licence, digits),
}

KEYS = (
    "password", "passwd", "pwd", "pw", "passphrase", "token", "secret", "apiKey", "api_key", "API-KEY", "accessKey", "access key", "privateKey", "private_key", "encryptionKey", "ENCRYPTION_KEY", "signingKey",
    "signing-key", "adminKey", "authorization", "auth", "cookie", "csrf", "csrfToken", "JSESSIONID", "connect.sid", "credentials", "signature", "sig", "otp", "verificationCode", "verification_code", "pin", "cvc", "cvv",
    "cardPassword", "card_password", "비밀번호", "패스워드", "인증토큰", "dbPassword", "DB_PASSWORD", "spring.datasource.password", "newPassword", "passwordConfirm", "user-password", "Password", "PASSWORD", "client_secret",
    "clientSecret", "refreshToken", "refresh_token", "id_token", "x-api-key", "X-Auth-Token", "aws_secret_access_key", "AWS_SESSION_TOKEN", "secretKey", "webhookSecret", "redis_passwd", "mysqlPwd", "fcmToken", "deviceToken",
    "accessTokenValue", "XSRF-TOKEN", "x-csrf-token", "set-cookie", "proxy-authorization", "APP_SECRET_V2", "jwtToken", "otpCode", "cardPwd", "새 비밀번호", "encKey1", "oauth_token_secret", "kmsEncryptionKey", "sftp.passphrase",
)  # fmt: skip
NUMERIC_KEYS = (
    "otp",
    "pin",
    "cvc",
    "cvv",
    "verificationCode",
    "otpCode",
    "cardCvc",
    "pin_number",
    "password",
    "card_password",
)

# {k} is the key, {} the value; the value is always a plain word of letters and digits.
NOTATIONS = (
    "{k}={}", "login {k}={} ip=10.0.0.1", "{k}: {}", "{k}=>{}", "{k} -> {}", '"{k}":"{}"', '{{"a":1,"{k}":"{}","b":2}}', "{{'{k}': '{}', 'b': 2}}", '{{"{k}"=>"{}", "b"=>2}}', "{k}='{}'", '{k}="{}", n=2',
    "<{k}>{}</{k}>", '<property name="{k}" value="{}"/>', "config:\n  {k}: {}\n  retries: 3", '[db]\n{k} = "{}"\nport = 5432', "UPDATE account SET {k} = '{}' WHERE id = 7", "run --{k} {} --verbose", "run --{k}={} --verbose",
    "User(id=7, {k}={}, name=kim)", "User{{id=7, {k}='{}', name='kim'}}", "User [id=7, {k}={}, name=kim]", "&{{ID:7 {k}:{} Name:kim}}", "map[id:7 {k}:{} name:kim]", "[id] => 7\n    [{k}] => {}\n    [name] => kim",
    "User {{ Id = 7, {k} = {}, Name = kim }}", '#<User id: 7, {k}: "{}", name: "kim">', 'User {{ id: 7, {k}: "{}" }}', '["{k}"]=>\n  string(12) "{}"', "POST /v1/x?id=7&{k}={}&lang=ko HTTP/1.1", "id=7&{k}={}",
    'Content-Disposition: form-data; name="{k}"\r\n\r\n{}\r\n--b', "export {k}={}", "docker run -e {k}={} app:1.2", "level=info {k}={} msg=done", "[{k}: {}] processed", "{k} = {} // from env", "{k} is set to {}", "({k}: {})",
    "{k}\t{}", "{k}:{}", 'changed {k} from default to "{}"', "- name: {k}\n  value: {}", '{{\\"{k}\\":\\"{}\\"}}', '{k} := "{}"',
)  # fmt: skip
# Where the key must be one word, or the notation says too little for a soft key.
NEEDS_WORD = (
    "<{k}>",
    "--{k}",
    "&{k}",
    "export ",
    "-e {k}",
    "{k}\t",
    ":{k}",
    "id=7&",
    "level=info",
    "&{{",
    "map[",
    " = {} //",
    "{k} := ",
    "is set to",
    "changed {k}",
    "[{k}: {}]",
    "({k}: {})",
    "{k} -> {}",
)
SAID = ("is set to", "changed {k}", "{k}\t")
CLEAR_KEYS = (
    "password",
    "passwd",
    "secret",
    "apiKey",
    "DB_PASSWORD",
    "client_secret",
    "accessKey",
    "비밀번호",
    "refreshToken",
    "dbPassword",
    "패스워드",
)


def texts(r: random.Random) -> Iterator[Case]:
    for name, (draw, wrap) in PII.items():
        for template in ANYWHERE:
            yield Case(name, template.replace("{}", M), (wrap(draw(r)),))
        for document in DOCUMENTS:
            yield Case(name, document, (wrap(draw(r)),))
    for name, (draw, templates) in LABELLED.items():
        for template in templates:
            for _ in range(2):
                yield Case(
                    name,
                    template.replace("{}", M),
                    (digits(draw(r)) if name not in {"ci", "di"} else Gone(value := draw(r), "blob", plain=value),),
                )


def notations(r: random.Random) -> Iterator[Case]:
    for i, template in enumerate(NOTATIONS):
        keys = CLEAR_KEYS if any(s in template for s in SAID) else KEYS
        words = [k for k in keys if not (" " in k and any(s in template for s in NEEDS_WORD))]
        for j in range(9):
            key = words[(i * 7 + j * 13) % len(words)]
            text = template.replace("{k}", key).replace("{}", M).replace("{{", "{").replace("}}", "}")
            yield Case(f"notation {template[:24]!r}", text, (secret(v.plain_password(r)),))


def keyed(r: random.Random) -> Iterator[Case]:
    """Keys in documents: nesting, lists, pairs, flat headers, typed values, numbers."""
    for i, key in enumerate(KEYS):
        value = secret(v.password(r) if i % 2 else v.opaque(r))
        shapes = [
            {"user": "kim", key: M, "n": 1},
            {"req": {"body": {"form": {key: M, "ok": True}}}, "ms": 3},
            {"items": [{"id": 1, key: M}, {"id": 2}]},
            {key: [M], "n": None},
            {"params": [{"name": key, "value": M}, {"name": "lang", "value": "ko"}]},
            {"attributes": [{"key": key, "value": {"stringValue": M}}, {"key": "k", "value": {"intValue": "3"}}]},
            {"entries": [["lang", "ko"], [key, M]]},
            {"rawHeaders": ["Host", "example.com", key, M, "Accept", "*/*"]},
            {"Item": {"id": {"N": "7"}, key: {"S": M}}},
            {"payload": json.dumps({"id": 7, key: M}, ensure_ascii=False)},
            {"message": f"saved {key}={M}"} if " " not in key else {"message": f'saved {{"{key}": "{M}"}}'},
        ]
        for j in (i % len(shapes), (i * 3 + 5) % len(shapes)):
            plain = secret(v.plain_password(r)) if j in {9, 10} else value
            yield Case(f"key shape {j}", shapes[j], (plain,))
    for key in NUMERIC_KEYS:
        number = secret(str(r.randint(1, 9)) + v.some(r, v.DIGITS, 5 if "otp" in key.lower() or "ver" in key else 3))
        yield Case("key number", {"id": 7, key: Number(), "amount": 12000}, (number,))
        yield Case("key number", {"body": {key: M}, "n": 1}, (number,))
    for key, draw in (
        ("phone", v.mobile_bare),
        ("rrn", v.rrn_bare_new),
        ("juminNo", v.rrn_bare_new),
        ("cardNumber", v.card_bare),
        ("accountNumber", v.account_bare),
        ("bizNo", lambda r: v.business(r).replace("-", "")),
        ("계좌번호", v.account_bare),
        ("passportNo", v.passport),
        ("driverLicenseNo", lambda r: v.licence(r).replace("-", "")),
        ("healthInsuranceNumber", v.health),
        ("carNumber", v.plate),
        ("ssn", v.ssn),
        ("mobilePhone", v.mobile_bare),
    ):
        wrap = call if "hone" in key else digits
        yield Case("key personal", {"id": 7, key: M, "n": 1}, (wrap(draw(r)),))
        yield Case("key personal", {"rows": [{key: M}]}, (wrap(draw(r)),))


VENDOR_LINES = (
    "pushed with {} to origin", "using key {}.", "config loaded: {}", "발급된 키는 {}입니다", "curl https://api.example.com/v1/{}/status", '["{}"]', "args: -x,{},-y", "key={}", "Error: Incorrect value provided: {}. See the docs.",
)  # fmt: skip


def vendors(r: random.Random) -> Iterator[Case]:
    for i, (name, draw) in enumerate(v.VENDORS.items()):
        for j in (0, 1, 2):
            yield Case(
                f"vendor {name}", VENDOR_LINES[(i + j * 4) % len(VENDOR_LINES)].replace("{}", M), (secret(draw(r)),)
            )
        yield Case(f"vendor {name}", {"level": "warn", "msg": f"rotate {M} soon", "n": 2}, (secret(draw(r)),))


SCHEMES = (
    ("Authorization: {}", "Bearer ", v.opaque), ("Authorization: {}", "Basic ", lambda r: v.b64(f"kim:{v.password(r)}".encode())), ("Authorization: {}", "KakaoAK ", lambda r: v.some(r, v.HEX, 32)), ("authorization={}", "DPoP ", v.jwt),
    ("Authorization: {}", "Key ", v.opaque), ("authorization: {}", "token ", lambda r: v.some(r, v.HEX, 40)), ("sending header {} to upstream", "Bearer ", v.opaque), ("-H 'Authorization: {}' https://api.example.com", "Bearer ", v.opaque),
    ('"Authorization":"{}"', "Basic ", lambda r: v.b64(f"svc:{v.password(r)}".encode())), ("Proxy-Authorization: {}", "Basic ", lambda r: v.b64(f"px:{v.password(r)}".encode())), ("auth scheme {} refused", "Basic ", lambda r: v.b64(f"admin:{v.password(r)}x1".encode())),
    ("headers={authorization=[{}], accept=[*/*]}", "Bearer ", v.jwt), ("> Authorization: {}\n> Accept: */*", "Bearer ", v.opaque),
)  # fmt: skip
URLS = (
    ("postgres://svc:{}@db.internal:5432/shop", v.plain_password), ("connecting to mysql://root:{}@10.0.3.4/app?ssl=true", v.plain_password), ("redis://:{}@cache.internal:6379/0", v.plain_password), ("mongodb+srv://app:{}@cluster0.example.net/x", v.plain_password),
    ("amqp://user:{}@mq:5672/%2f", v.plain_password), ("https://deploy:{}@git.example.com/x.git", v.plain_password), ("GET /cb?state=1&token={} 302", v.opaque), ("https://x.example.com/a?id=1&access_token={}&b=2", v.plain_password),
    ("https://x.example.com/a?secret={}", v.plain_password), ("https://x.example.com/r?password={}&lang=ko#top", v.plain_password), ("https://x.example.com/s?signature={}&id=3", lambda r: v.some(r, v.HEX, 64)),
    ("https://b.s3.amazonaws.com/k.png?X-Amz-Date=20261120T000000Z&X-Amz-Signature={}", lambda r: v.some(r, v.HEX, 64)), ("https://a.blob.core.windows.net/c/b.txt?sv=2024-01-01&sig={}", lambda r: v.mixed(r, 43) + "%3D"),
    ("https://hooks.slack.com/services/{}", lambda r: f"T{v.some(r, v.UPPER, 8)}/B{v.some(r, v.UPPER, 8)}/{v.mixed(r, 24)}"), ("https://discord.com/api/webhooks/{}", lambda r: f"{v.some(r, v.DIGITS, 18)}/{v.mixed(r, 68, v.B64URL)}"),
    ("jdbc:mysql://db:3306/x?user=a&password={}&useSSL=false", v.plain_password), ("Server=db;Database=x;User Id=sa;Password={};Encrypt=true", v.plain_password), ("DefaultEndpointsProtocol=https;AccountName=a;AccountKey={};EndpointSuffix=core.windows.net", lambda r: v.b64(r.randbytes(64))),
    ("jdbc:oracle:thin:scott/{}@//db:1521/x", v.plain_password), ("sqlplus app/{}@ORCL", v.plain_password), ("ftp://u:{}@files.example.com/a.csv", v.plain_password), ("https://api.telegram.org/bot{}/sendMessage", v.VENDORS["telegram"]),
)  # fmt: skip


def headers_and_urls(r: random.Random) -> Iterator[Case]:
    for template, scheme, draw in SCHEMES:
        for _ in range(3):
            yield Case(f"scheme {scheme.strip()}", template.replace("{}", M), (secret(draw(r), lead=scheme),))
    for template, draw in URLS:
        for _ in range(2):
            value = secret(draw(r))
            if "hooks.slack" in template or "discord" in template or "X-Amz" in template:
                value = Gone(value.text, "blob", plain=value.text)
            yield Case(f"url {template[:22]}", template.replace("{}", M), (value,))
    for name in ("JSESSIONID", "connect.sid", "sid_token", "accessToken", "XSRF-TOKEN"):
        value = v.some(r, v.HEX.upper(), 32)
        yield Case("cookie", f"Cookie: {M}", (secret(value, lead=f"lang=ko; {name}=", tail="; theme=dark"),))
        yield Case("cookie", f"Set-Cookie: {M}", (secret(value, lead=f"{name}=", tail="; Path=/; HttpOnly"),))
        yield Case("cookie", {"headers": {"cookie": M, "host": "x"}}, (secret(value, lead=f"{name}="),))


def material(r: random.Random) -> Iterator[Case]:
    for i in range(6):
        for key in (v.pem(r), v.pgp(r)):
            forms = [f"loaded\n{M}\nok", {"cert": f"-- {M}", "n": 1}, f"key: {M} end"]
            text = key if i % 2 else key.replace("\n", "\\n")
            yield Case("key material", forms[i % 3], (Gone(text, "blob", plain=key.split("\n")[2][:30]),))
        yield Case("jwt", ("verify {} failed", "jwt {}", "id={};")[i % 3].replace("{}", M), (secret(v.jwt(r)),))
        yield Case("jwt", ("verify {} failed", "t:{}", "[{}]")[i % 3].replace("{}", M), (secret(v.jwt_two(r)),))
    blob = v.b64(v.pem(r).encode())
    yield Case(
        "kubeconfig",
        f"users:\n- name: admin\n  user:\n    client-key-data: {M}\n    username: admin",
        (Gone(blob, "blob", plain=blob[:24]),),
    )
    yield Case("kubeconfig", f"users:\n- user:\n    token: {M}", (secret(v.opaque(r)),))
    for key in ("db-password", "tls.key", "api", "username"):
        value = v.b64(v.password(r).encode())
        yield Case(
            "k8s secret",
            f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: app\ndata:\n  {key}: {M}\ntype: Opaque",
            (secret(value),),
        )
        yield Case("k8s secret", {"kind": "Secret", "metadata": {"name": "app"}, "data": {key: M}}, (secret(value),))
    for _ in range(3):
        value = v.b64(f"robot:{v.password(r)}".encode())
        yield Case("docker auth", {"auths": {"ghcr.io": {"auth": M}}}, (secret(value),))
        yield Case("docker auth", f'{{"auths":{{"ghcr.io":{{"auth":"{M}"}}}}}}', (secret(value),))
    for _ in range(3):
        env = (secret(v.plain_password(r)), secret(v.opaque(r)), secret(v.plain_password(r)))
        yield Case(
            "env dump",
            f"NODE_ENV=production\nDB_HOST=db\nDB_PASSWORD={mark(0)}\nAPI_KEY={mark(1)}\nPORT=3000\nJWT_SECRET={mark(2)}\n",
            env,
        )
    yield Case("pair text", f"{{name=password, value={M}}}", (secret(v.plain_password(r)),))
    yield Case("pair text", f'[{{"key":"api_key","value":"{M}"}}]', (secret(v.plain_password(r)),))


# Spoken and printed: {} is a secret of letters and digits.
SPOKEN = (
    "user[name]=kim&user[password]={}&commit=1", "user[password][]={}", "a=1&password[]={}&b=2",
    "password was changed to {}", "the new password is {}.", "비밀번호는 {} 입니다", "비밀번호는 {}입니다", "reset passwd to '{}' for kim", "id/pw: kim/{}", "token {} accepted", "SET PASSWORD FOR 'kim'@'%' = '{}'", "WHERE password = md5('{}')",
    "password: !!str {}", "sqlplus -s app/{}@//db:1521/x", "==>  Preparing: UPDATE member SET password = ?, grade = ? WHERE id = ?\n==> Parameters: {}(String), GOLD(String), 7(Long)",
    "insert into member (id, password) values (?, ?)\nbinding parameter (1:BIGINT) <- [7]\nbinding parameter (2:VARCHAR) <- [{}]", "api_key\t{}\tactive", "AUTH {}", "Field error in object 'form' on field 'password': rejected value [{}]; codes [NotBlank]",
)  # fmt: skip
CONTAINERS = (
    "credentials={expires=3600, value=" + M + "}", "cookies: {'sid': '" + M + "'}", "secrets=[" + M + "]", "'credentials' => ['key' => '" + M + "']", "session credentials: Credentials(access='" + M + "')", 'cookies={"sid"=>"' + M + '"}',
    {"field": "password", "rejectedValue": M, "bindingFailure": False}, {"loc": ["body", "password"], "input": M, "msg": "too short"}, {"op": "replace", "path": "/password", "value": M}, {"field": "apiKey", "before": None, "after": M},
)  # fmt: skip
SPLIT = (
    ({"mobile": {"first": "010", "middle": M, "last": "0000"}}, lambda r: v.some(r, v.DIGITS, 4)), ({"card": {"no1": "4000", "no2": M, "no3": mark(1), "no4": "0002"}}, lambda r: v.some(r, v.DIGITS, 4)), ({"주민등록번호": {"앞": "900101", "뒤": M}}, lambda r: v.some(r, v.DIGITS, 7)),
)  # fmt: skip


def spoken(r: random.Random) -> Iterator[Case]:
    for template in SPOKEN:
        for _ in range(2):
            value = "aB" + v.mixed(r, 8) + "4x"
            lead = "kim/" if "kim/{}" in template else ""
            yield Case(f"spoken {template[:20]!r}", template.replace(lead + "{}", M), (secret(value, lead=lead),))
    for shape in CONTAINERS:
        yield Case("container", shape, (secret(v.plain_password(r)),))
    for shape, draw in SPLIT:
        yield Case(
            "split object",
            shape,
            (Gone(first := draw(r), "blob", plain=first), Gone(second := draw(r), "blob", plain=second)),
        )
    for line in ("카드 비밀번호 앞두자리 {} 확인", "카드비밀번호 앞 2자리: {}"):
        yield Case("card password", line.replace("{}", M), (digits(v.some(r, v.DIGITS, 2)),))
    for line, draw in (
        ("{}(여권번호)", v.passport),
        ("{} (사업자등록번호)", v.business),
        ("{} 차량 입차", v.plate),
        ("{}(신한은행) 송금", lambda r: "110-" + v.some(r, v.DIGITS, 3) + "-" + v.some(r, v.DIGITS, 6)),
    ):
        yield Case("label behind", line.replace("{}", M), (digits(draw(r)),))


def positives() -> list[Case]:
    r = random.Random(20261120)
    return [*texts(r), *notations(r), *keyed(r), *vendors(r), *headers_and_urls(r), *material(r), *spoken(r)]
