"""A corpus for the masker, written from its contract: what must be hidden, what must survive, in lines as loggers write.

Nothing here is real; every secret and number is assembled from parts so that scanners stay silent.
A positive is (name, record, hidden values, kept values); a survivor is (name, record).
"""

import base64
import json
from urllib.parse import quote

PHONE = "010-" + "1234-5678"
RRN = "900101-" + "1234567"
CARD = "1234-5678-" + "9012-3456"
VISA = "4111" + "1111" + "1111" + "1111"
MAIL = "gildong.hong" + "@" + "example.com"
PW = "Tr0ub" + "4dor&3"
JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9" + "." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0" + "." + "dozjgNryP4J3jVmNHl0w5N"
AWS = "AKIA" + "IOSFODNN7" + "EXAMPLE"
GH = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
B64 = base64.b64encode


def j(value):
    return json.dumps(value, ensure_ascii=False)


def ascii_j(value):
    return json.dumps(value, ensure_ascii=True)


PASSWORD_LINES = [
    ("kv", "login failed user=kim password=" + PW + " ip=10.0.0.1", ["user=kim", "ip=10.0.0.1"]),
    ("kv-amp", "POST /login body=user=kim&password=" + "Tr0ub4dor3" + "&remember=1", ["remember=1"]),
    ("colon", "password: " + PW, ["password"]),
    ("arrow", 'params => {:password=>"' + PW + '", :name=>"kim"}', ["kim"]),
    ("ruby-new", 'Parameters: {password: "' + PW + '", name: "kim"}', ["kim"]),
    ("python", "{'username': 'kim', 'password': '" + PW + "'}", ["kim"]),
    ("java", "User(name=kim, password=" + PW + ", age=3)", ["name=kim", "age=3"]),
    ("lombok-brace", "User{name='kim', password='" + PW + "'}", ["kim"]),
    ("go-struct", "{Name:kim Password:" + PW + " Age:3}", ["Name:kim", "Age:3"]),
    ("go-map", "map[name:kim password:" + PW + " z:1]", ["name:kim", "z:1"]),
    ("php", "Array ( [user] => kim [password] => " + PW + " [x] => 1 )", ["kim", "[x] => 1"]),
    ("php-export", "'password' => '" + PW + "',\n'x' => 1", ["'x' => 1"]),
    ("php-dump", 'array(1) { ["password"]=> string(9) "' + PW + '" }', ["array(1)"]),
    ("csharp", "Login { User = kim, Password = " + PW + ", Age = 3 }", ["User = kim", "Age = 3"]),
    ("csharp-pair", "[password, " + PW + "]", []),
    ("py-pair", "('password', '" + PW + "')", []),
    (
        "xml",
        "<user><name>kim</name><password>" + "Tr0ub4dor3" + "</password></user>",
        ["<name>kim</name>", "</password></user>"],
    ),
    ("xml-ns", '<wsse:Password Type="#PasswordText">' + "Tr0ub4dor3" + "</wsse:Password>", ["</wsse:Password>"]),
    ("xml-cdata", "<password><![CDATA[" + PW + "]]></password>", ["</password>"]),
    ("xml-attr", '<add key="password" value="' + PW + '"/>', ["<add key="]),
    ("xml-attr2", '<db user="kim" password="' + PW + '"/>', ['user="kim"']),
    ("xml-property", '<property name="db.password">' + "Tr0ub4dor3" + "</property>", ["</property>"]),
    ("xml-entry", "<entry key='password'>" + "Tr0ub4dor3" + "</entry>", ["</entry>"]),
    ("yaml", "db:\n  user: kim\n  password: " + PW + "\n  port: 5432", ["user: kim", "port: 5432"]),
    (
        "yaml-space",
        "db:\n  user: kim\n  password: " + "correct horse battery" + "\n  port: 5432",
        ["user: kim", "port: 5432"],
    ),
    ("toml", 'user = "kim"\npassword = "' + PW + '"', ['user = "kim"']),
    ("properties", "spring.datasource.username=kim\nspring.datasource.password=" + PW, ["username=kim"]),
    ("env", "PORT=80\nDB_PASSWORD=" + PW + "\nHOST=a", ["PORT=80", "HOST=a"]),
    ("export", "export MYSQL_PASSWORD='" + PW + "'", []),
    ("cli", "psql --host db --password " + PW + " --port 5432", ["--host db", "--port 5432"]),
    ("cli-eq", "app --db-password=" + PW + " --port=5432", ["--port=5432"]),
    ("sql", "ALTER USER kim WITH PASSWORD '" + PW + "'", ["ALTER USER kim"]),
    ("sql-set", "UPDATE users SET password = '" + PW + "' WHERE id = 7", ["WHERE id = 7"]),
    ("sql-identified", "CREATE USER kim IDENTIFIED BY '" + PW + "'", ["CREATE USER kim"]),
    ("sql-insert", "INSERT INTO users (name, password) VALUES ('kim', '" + PW + "')", ["kim"]),
    ("json-in-text", 'request body {"id":"kim","password":"' + PW + '"} took 3ms', ['"id":"kim"', "took 3ms"]),
    ("json-escaped", 'body="{\\"id\\":\\"kim\\",\\"password\\":\\"' + PW + '\\"}" took 3ms', ["kim", "took 3ms"]),
    ("json-cut", '{"id":"kim","password":"' + PW, ["kim"]),
    ("json-cut-key", '{"a":{"password":"' + "Tr0ub4dor3", []),
    ("korean", "로그인 실패 비밀번호: " + PW, ["로그인 실패"]),
    ("korean-particle", "비밀번호는 " + "Tr0ub4dor3" + "입니다", ["입니다"]),
    ("korean-eq", "아이디=kim 비밀번호=" + PW, ["아이디=kim"]),
    ("quoted-escape", '{"password":"a\\"' + PW + '","x":1}', ['"x":1']),
    ("comma-value", "password=a,b," + PW + " next=1", ["next=1"]),
    ("brace-value", "password={x}" + PW + " next=1", ["next=1"]),
    ("is", "the password is " + PW, ["the password is"]),
    ("table", "| password | " + PW + " |", []),
    ("markdown-code", "password: `" + PW + "`", []),
    ("unicode-arrow", "password → " + PW, []),
    ("tab", "password\t" + ":\t" + PW, []),
    ("newline", '"password"\n:\n"' + PW + '"', []),
    ("python-bytes", "{b'password': b'" + PW + "'}", []),
    ("rust", 'User { name: "kim", password: Some("' + PW + '") }', ["kim"]),
    ("kotlin", "User(name=kim, password=" + PW + ")", ["name=kim"]),
    ("url-query", "GET /login?user=kim&password=" + quote(PW) + " 200", ["user=kim", " 200"]),
    ("fullwidth-colon", "비밀번호：" + PW, []),
    ("nested-brackets", "user[password]=" + PW + "&user[name]=kim", ["user[name]=kim"]),
    ("form-data", 'Content-Disposition: form-data; name="password"\r\n\r\n' + PW + "\r\n--b", ["--b"]),
]

KEYS = [
    "password", "Password", "PASSWORD", "passwd", "pwd_new", "userPassword", "user_password", "user-password", "User Password", "USERPASSWORD",
    "db.password", "passwordConfirm", "password_confirmation", "newPassword", "oldPassword", "password2", "password_hash", "passphrase",
    "token", "accessToken", "access_token", "ACCESS_TOKEN", "refresh-token", "idToken", "authToken", "x-auth-token", "apiToken", "deviceToken",
    "csrfToken", "sessionToken", "tokenValue", "secret", "clientSecret", "client_secret", "SECRET_KEY", "secretKey", "appSecret", "webhookSecret",
    "apiKey", "api_key", "API-KEY", "apikey", "x-api-key", "X-API-Key", "accessKey", "privateKey", "private_key", "encryptionKey", "signingKey",
    "adminKey", "authorization", "Authorization", "proxy-authorization", "cookie", "Set-Cookie", "set_cookie", "csrf", "_csrf", "xsrf-token",
    "JSESSIONID", "connect.sid", "credentials", "dbCredentials", "signature", "otp", "otpCode", "verificationCode", "verification_code", "cvc", "cvv",
    "cardPassword", "card_pw", "비밀번호", "패스워드", "인증토큰", "사용자비밀번호", "비밀번호확인", "storePassword", "keyPassword", "smtp_pass", "jwt", "accesstoken", "dbpasswd",
    "AWS_SECRET_ACCESS_KEY", "aws_session_token", "MYSQL_ROOT_PASSWORD", "x-amz-security-token", "firebaseToken", "bearerToken", "kakaoAccessToken",
    "ＰＡＳＳＷＯＲＤ", "pass\u200bword", "pass\u00adword", "p\u2060assword",
]  # fmt: skip
KEY_VALUE = "zQ9x-" + "K7mW2" + "pLv8"

TOKENS = {
    "aws": AWS, "asia": "ASIA" + "ABCDEFGHIJ" + "234567", "absk": "ABSK" + "QmVkcm9ja0FQSUtleS1hYmNkLWF0LTEyMzQ1Njc4OTAxMg==",
    "github": GH, "github-pat": "github_pat_" + "11ABCDEFG0" + "abcdefghijkl_mnopqrstuv", "gitlab": "glpat-" + "zYx9WvUtSrQpOnMlKjIh",
    "slack-bot": "xoxb-" + "17653285143-" + "AbCdEfGhIjKl", "slack-app": "xapp-1-" + "A0B1C2D3-" + "4567-abcdef",
    "stripe": "sk_live_" + "51Hb9zKq2mX" + "vTn", "stripe-test": "sk_test_" + "4eC39HqLyj" + "WDarjtT1zdp7dc", "whsec": "whsec_" + "MfKQ9r8GKYqr" + "TwjUPD8ILPZI",
    "toss": "live_sk_" + "zXLkKEypNArW" + "mo50nX3", "toss-test": "test_sk_" + "D5GePWvyJnrK0W0k6q8g", "toss-gsk": "live_gsk_" + "docs_OaPz8L5KdmQ",
    "openai": "sk-" + "T3BlbkFJa1B2c3D4" + "e5F6g7H8i9J0k1L2", "openai-proj": "sk-proj-" + "Ab12Cd34Ef56" + "Gh78_Ij90-Kl",
    "openai-svc": "sk-svcacct-" + "Ab12Cd34Ef56Gh78", "anthropic": "sk-ant-" + "api03-Zz9Yy8Xx7" + "Ww6Vv5Uu4-AA", "google": "AIza" + "SyD-9tSrke72PouQ" + "MnMX-a7eZSW0jkFMBWY",
    "google-oauth": "ya29." + "a0ARrdaM_k2Jq9Zx" + "8Lm3Pw7", "gocspx": "GOCSPX-" + "1a2B3c4D5e6F7g8H", "hf": "hf_" + "QwErTyUiOpAsDfGhJkLzXcVbNm",
    "npm": "npm_" + "z8Y7x6W5v4U3t2S1r0Q9p8O7n6M5l4K3j2I1", "pypi": "pypi-" + "AgEIcHlwaS5vcmcCJGY4" + "NDhhYzE3LTk1", "sendgrid": "SG." + "ngeVfQFYQlKU0ufo8x5d1A" + "." + "TwL2iGABf9DHoTf-09kqeF8tAmbihYzrnopKc-1s5cr",
    "twilio": "SK" + "0f1e2d3c4b5a6978" + "8796a5b4c3d2e1f0", "telegram": "110201543:" + "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
    "sentry": "sntrys_" + "eyJpYXQiOjE2ODczMzY1NDMuNjk4NTksInVybCI6bnVsbH0=_abc", "langfuse": "sk-lf-" + "1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d",
    "databricks": "dapi" + "a1b2c3d4e5f60718" + "293a4b5c6d7e8f90", "shopify": "shpat_" + "c0ffee00c0ffee00" + "c0ffee00c0ffee01", "do": "dop_v1_" + "9f8e7d6c5b4a3928" * 4,
    "vault": "hvs." + "CAESIJb9pQ3zXk" + "W7vT1mNs4", "doppler": "dp.st." + "prd.Zx9Cv8Bn7Mq6" + "Wl5Ek4Rj3", "linear": "lin_api_" + "9sK8dJ7fH6gG5hF4jD3k",
    "notion": "ntn_" + "4839201746AbCdEf" + "GhIjKlMnOpQr", "notion-old": "secret_" + "Zx9Cv8Bn7Mq6Wl5Ek4Rj3" * 2, "postman": "PMAK-" + "64a1b2c3d4e5f6a7b8c9d0e1-" + "f2a3b4c5d6e7f8a9b0c1d2e3f4a5b6c7d8",
    "grafana": "glsa_" + "HOruNAb7SOiCdshU7algkrq" + "F7UfYkn8T_6a4ea4f2", "newrelic": "NRAK-" + "7S5V2Q9XKLMN3P4R6T8W", "perplexity": "pplx-" + "7d9a4e2f1b8c" + "6a3d5e0f9c8b",
    "groq": "gsk_" + "Xy7Zw8Vu9Ts0Rq1Po2Nm3Lk4", "xai": "xai-" + "Kj8Hg7Fd6Sa5Po4Iu3Yt2Re1", "planetscale": "pscale_tkn_" + "Qw3Er4Ty5Ui6Op7As8Df", "supabase": "sbp_" + "0a1b2c3d4e5f6a7b" + "8c9d0e1f2a3b4c5d6e7f8a9b",
    "alibaba": "LTAI" + "5tQnKp8Rs9Vw2Xy4", "tencent": "AKID" + "z8krbsJ5yKBZQpn74WFkmLPx3", "age": "AGE-SECRET-KEY-1" + "QYQSZQGPQYQSZQGPQYQS", "jwt": JWT,
}  # fmt: skip

NUMBERS = [
    ("mobile", PHONE, "010-****-5678", ["1234-5678"]),
    ("mobile-bare", "010" + "12345678", "010-****-5678", ["12345678"]),
    ("mobile-dot", "010." + "1234.5678", None, ["1234"]),
    ("mobile-space", "010 " + "1234 5678", None, ["1234"]),
    ("mobile-slash", "010/" + "1234/5678", None, ["1234"]),
    ("mobile-016", "016-" + "234-5678", None, ["234"]),
    ("mobile-82", "+82-10-" + "1234-5678", None, ["1234"]),
    ("mobile-82-space", "+82 10 " + "1234 5678", None, ["1234"]),
    ("mobile-82-bare", "+8210" + "12345678", None, ["12345678"]),
    ("mobile-82-zero", "+82-(0)10-" + "1234-5678", None, ["1234"]),
    ("mobile-82-010", "82-010-" + "1234-5678", None, ["1234"]),
    ("mobile-0082", "0082-10-" + "1234-5678", None, ["1234"]),
    ("mobile-82-plain", "8210" + "12345678", None, ["12345678"]),
    ("mobile-paren", "(010) " + "1234-5678", None, ["1234"]),
    ("mobile-paren2", "010)" + "1234-5678", None, ["1234"]),
    ("mobile-underscore", "010_" + "1234_5678", None, ["1234"]),
    ("mobile-spaced-dash", "010 - " + "1234 - 5678", None, ["1234"]),
    ("mobile-half", "010" + "1234-5678", None, ["1234-"]),
    ("landline", "02-" + "345-6789", None, ["345-"]),
    ("landline-8", "02-" + "3456-7890", None, ["3456"]),
    ("landline-031", "031-" + "345-6789", None, ["345-"]),
    ("landline-paren", "02) " + "345-6789", None, ["345-"]),
    ("landline-070", "070-" + "4567-8901", None, ["4567"]),
    ("landline-0507", "0507-" + "1234-5678", None, ["1234"]),
    ("landline-82", "+82-2-" + "345-6789", None, ["345-"]),
    ("rrn", RRN, "900101-*******", ["1234567"]),
    ("rrn-space", "900101 " + "1234567", None, ["1234567"]),
    ("rrn-foreign", "850315-" + "5678901", "850315-*******", ["5678901"]),
    ("rrn-2000s", "050607-" + "3456789", "050607-*******", ["3456789"]),
    ("rrn-spaced-dash", "900101 - " + "1234567", None, ["1234567"]),
    ("rrn-bare-valid", "900101" + "1234568", "900101-*******", ["1234568"]),
    ("rrn-labelled", "주민번호 900101" + "1234567", None, ["1234567"]),
    ("card", CARD, "1234-****-****-3456", ["5678", "9012"]),
    ("card-space", "1234 5678 " + "9012 3456", None, ["5678", "9012"]),
    ("card-dot", "1234.5678." + "9012.3456", None, ["5678", "9012"]),
    ("card-bare", VISA, "4111-****-****-1111", ["11111111"]),
    ("card-mastercard", "5555" + "5555" + "5555" + "4444", None, ["55555555"]),
    ("card-amex", "3782" + "822463" + "10005", None, ["822463"]),
    ("card-amex-dash", "3782-" + "822463-" + "10005", None, ["822463"]),
    ("card-cvc", "1234-5678-" + "9012-3456 123", None, ["5678", "9012"]),
    ("email", MAIL, "gi**@example.com", ["gildong"]),
    ("email-two", "ab" + "@" + "example.com", "**@example.com", ["ab@"]),
    ("email-plus", "kim+tag" + "@" + "mail.example.co.kr", None, ["kim+tag"]),
    ("foreign-us", "+1-415-" + "555-2671", None, ["555"]),
    ("foreign-e164", "+1415" + "5552671", None, ["4155552671"]),
    ("foreign-uk", "+44 20 " + "7946 0958", None, ["7946"]),
    ("foreign-jp", "+81-90-" + "1234-5678", None, ["1234"]),
    ("iban", "GB82 WEST " + "1234 5698 7654 32", None, ["5698"]),
    ("iban-bare", "FR14" + "20041010050500013M02606", None, ["20041010050500013"]),
    ("licence", "11-99-" + "123456-01", None, ["123456"]),
    ("passport", "여권번호 M" + "12345678", None, ["12345678"]),
    ("passport-new", "passport: M" + "123A4567", None, ["123A4567"]),
    ("business", "사업자등록번호: 123-45-" + "67890", None, ["67890"]),
    ("corporate", "법인등록번호 110111-" + "1234567", None, ["1234567"]),
    ("account", "계좌번호 110-123-" + "456789", None, ["456789"]),
    ("account-bank", "국민은행 123456-78-" + "901234", None, ["901234"]),
    ("account-kakao", "카카오뱅크 3333-01-" + "1234567", None, ["1234567"]),
    ("account-bare", "환불계좌: 110123" + "456789", None, ["110123456789"]),
    ("health", "건강보험증번호 1234" + "5678901", None, ["12345678901"]),
    ("plate", "차량번호: 12가 " + "3456", None, ["3456"]),
    ("ssn", "SSN: 123-45-" + "6789", None, ["123-45"]),
    ("licence-label", "운전면허번호 119912" + "345601", None, ["119912345601"]),
    ("licence-old", "면허번호 서울 99-123456" + "-01", None, ["123456"]),
]

SURVIVORS = [
    ("usage", {"usage": {"prompt_tokens": 1200, "completion_tokens": 345, "total_tokens": 1545}}),
    (
        "usage-text",
        j(
            {
                "model": "gpt-4o",
                "prompt_tokens": 1200,
                "completion_tokens": 345,
                "total_tokens": 1545,
                "max_tokens": 4096,
            }
        ),
    ),
    (
        "usage-camel",
        j(
            {
                "inputTokens": 12,
                "outputTokens": 7,
                "totalTokens": 19,
                "maxTokens": 100,
                "tokenCount": 3,
                "cachedTokens": 0,
            }
        ),
    ),
    ("usage-kv", "llm done prompt_tokens=1200 completion_tokens=345 total_tokens=1545 cost=0.01"),
    (
        "usage-str",
        {
            "headers": {
                "x-ratelimit-remaining-tokens": "149984",
                "x-ratelimit-limit-tokens": "150000",
                "x-ratelimit-reset-tokens": "6ms",
            }
        },
    ),
    (
        "usage-details",
        j(
            {
                "completion_tokens_details": {"reasoning_tokens": 64, "audio_tokens": 0},
                "prompt_tokens_details": {"cached_tokens": 1024},
            }
        ),
    ),
    (
        "usage-otel",
        j(
            {
                "attributes": [
                    {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "120"}},
                    {"key": "llm.usage.total_tokens", "value": {"intValue": 144}},
                ]
            }
        ),
    ),
    (
        "usage-anthropic",
        j(
            {
                "usage": {
                    "input_tokens": 10,
                    "cache_creation_input_tokens": 5,
                    "cache_read_input_tokens": 0,
                    "output_tokens": 4,
                }
            }
        ),
    ),
    (
        "usage-bedrock",
        j({"inputTokenCount": 12, "outputTokenCount": 30, "amazon-bedrock-invocationMetrics": {"inputTokenCount": 3}}),
    ),
    ("tokenizer", j({"tokenizer": "cl100k_base", "tokens_per_second": 41.2, "time_to_first_token_ms": 310})),
    ("logprobs", j({"logprobs": {"content": [{"token": "Hello", "logprob": -0.31, "bytes": [72]}]}})),
    (
        "changed-at",
        {"passwordChangedAt": "2024-05-01T00:00:00Z", "password_updated_at": 1714521600, "lastPasswordChange": None},
    ),
    (
        "expires",
        {
            "token_expires_in": 3600,
            "tokenExpiresAt": "2024-05-01T00:00:00Z",
            "expires_in": 3600,
            "accessTokenExpiry": 1714521600,
        },
    ),
    ("token-type", {"token_type": "Bearer", "tokenType": "bearer"}),
    ("grant", "POST /oauth/token grant_type=password scope=read"),
    ("grant-json", {"grant_type": "password", "response_type": "token"}),
    (
        "has",
        {
            "hasPassword": True,
            "isTokenValid": False,
            "passwordRequired": True,
            "password": None,
            "token": "",
            "secret": False,
        },
    ),
    ("policy", {"passwordPolicy": {"minLength": 8}, "passwordLength": 12, "passwordStrength": "strong"}),
    ("prose-reset", "password reset requested for user 17"),
    ("prose-token", "SyntaxError: Unexpected token < in JSON at position 0"),
    ("prose-korean", "토큰이 만료되었습니다"),
    ("prose-korean2", "비밀번호가 변경되었습니다. 비밀번호 오류 5회 초과"),
    ("prose-invalid", "Invalid token: expired"),
    ("prose-jwt", "JsonWebTokenError: jwt malformed"),
    ("prose-must", "password must be at least 8 characters"),
    ("prose-missing", "Missing required header: authorization"),
    ("prose-auth", "GET /auth/login 200 12ms auth-service ready, author wrote a secretary note"),
    ("prose-secret", "Secret key rotation finished for 3 services"),
    ("prose-bearer", "Bearer authentication required"),
    ("prose-basic", "Basic health check passed, Basic auth disabled"),
    ("prose-session", "session token refreshed, cookie accepted, otp sent"),
    ("placeholder-sql", "UPDATE users SET password = ? WHERE id = $1"),
    ("placeholder-bind", "SELECT * FROM users WHERE password = :password AND token = $2"),
    ("placeholder-env", "password=${DB_PASSWORD} token=$TOKEN"),
    ("placeholder-redacted", {"password": "<redacted>", "token": "[REDACTED]", "secret": "***", "apiKey": "********"}),
    (
        "placeholder-masked",
        {
            "password": "***MASKED***",
            "phone": "010-****-5678",
            "rrn": "900101-*******",
            "card": "1234-****-****-3456",
            "email": "us**@example.com",
        },
    ),
    (
        "placeholder-text",
        "password=***MASKED*** tel 010-****-5678 rrn 900101-******* card 1234-****-****-3456 mail us**@example.com",
    ),
    ("placeholder-fmt", "password=%s token=%(token)s key={api_key}"),
    ("date", "2024-01-15 10:30:45,123 INFO started in 2024-01-15T10:30:45.123+09:00"),
    ("epoch", {"ts": 1714521600, "ts_ms": 1714521600123, "ts_us": 1714521600123456, "ts_ns": 1714521600123456789}),
    ("epoch-text", "at 1714521600123 took 1714521600"),
    ("uuid", "request 550e8400-e29b-41d4-a716-446655440000 and 12345678-1234-1234-1234-123456789012"),
    (
        "trace",
        "traceparent 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 Root=1-5759e988-bd862e3fe1be46a994272793",
    ),
    ("ulid", "01ARZ3NDEKTSV4RRFFQ69G5FAV"),
    ("snowflake", {"id": 1234567890123456789, "guild": "175928847299117063"}),
    ("arn", "arn:aws:lambda:ap-northeast-2:123456789012:function:checkout:3"),
    ("arn-secret", "fetching arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:prod/db-AbCdEf"),
    ("account-id", {"account": "123456789012", "accountId": "123456789012", "awsAccountId": 123456789012}),
    ("ids", "order 1234567890123456 item 1234567890123 ref 20240115123456"),
    ("barcode", "barcode 8801234567893 scanned, EAN 8809876543210"),
    ("digest", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    (
        "sri",
        "integrity sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
    ),
    ("git", "commit 9fceb02d0ae598e95dc970b74767f19372d61af8"),
    ("version", "logo@2x.png lodash@4.17.21 @types/node@20.11.5 python 3.13.0 nginx/1.25.3"),
    ("path", "/var/app/releases/20240115103045/config/secrets.yml /api/v1/users/42/password"),
    (
        "lambda",
        "REPORT RequestId: 3897a7c2-8ac6-11e9-8bb1-2f5d9a1c1c1c\tDuration: 102.25 ms\tBilled Duration: 103 ms\tMemory Size: 512 MB\tMax Memory Used: 77 MB\t",
    ),
    (
        "vpc",
        "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK",
    ),
    ("gc", "[0.512s][info][gc] GC(3) Pause Young (Normal) 24M->4M(256M) 3.456ms"),
    ("k8s", "I0115 10:30:45.123456       1 controller.go:123] Reconciling secret default/my-secret"),
    (
        "alb",
        'h2 2024-01-15T10:30:45.123456Z app/web/50dc6c495c0c9188 192.168.1.1:2817 10.0.0.1:80 0.001 0.002 0.000 200 200 34 366 "GET https://example.com:443/ HTTP/1.1"',
    ),
    ("korean-business", "주문번호 2024011512345678 결제금액 1,234,567원 송장번호 123456789012 고객 홍길동"),
    ("korean-order", "주문 20240115-0000123 접수, 수량 3개, 배송비 3,000원"),
    ("isbn", "ISBN 978-89-6848-123-4 979-11-6224-123-4"),
    ("company-number", "고객센터 1588-1234, 1600-5678"),
    ("tracking", "운송장번호 6012-3456-7890 CJ대한통운"),
    (
        "stack",
        "java.lang.IllegalStateException: Token service unavailable\n\tat com.example.auth.TokenService.refresh(TokenService.java:123)\n\tat com.example.PasswordEncoder.encode(PasswordEncoder.java:45)",
    ),
    (
        "python-stack",
        'Traceback (most recent call last):\n  File "/app/auth/password.py", line 12, in check_password\n    raise AuthError("bad password")\nAuthError: bad password',
    ),
    ("node-stack", "Error: invalid signature\n    at verify (/app/node_modules/jsonwebtoken/verify.js:171:19)"),
    (
        "amounts",
        {"amount": 1234567, "balance": 98765432101, "ratio": 0.01012345678, "lat": 37.5665123, "lng": 126.9780123},
    ),
    ("ip", "client 192.168.100.200 port 443 via 10.0.12.34"),
    ("coordinates", "37.5665, 126.9780"),
    ("years", "compare 2019 2020 2021 2022"),
    ("pagination", {"nextToken": "abc", "pageToken": "CAUQAA"}),
    ("session", {"sessionId": "sess-4f2a", "requestId": "r-1"}),
    ("public-key", {"publicKey": "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE", "keyId": "k1"}),
    (
        "keys-plain",
        {
            "cacheKey": "user:1:profile",
            "primaryKey": "id",
            "s3Key": "a/b/c.json",
            "key": "value",
            "routing_key": "orders.created",
        },
    ),
    (
        "secret-ref",
        {
            "secretName": "prod/db",
            "secretArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:x",
            "secretKeyRef": {"name": "db", "key": "password"},
        },
    ),
    ("css", "color: #123456; width: 1234px"),
    ("hex", "0x7ffee4b5c8f0 0xdeadbeef 4bf92f3577b34da6"),
    ("mac", "00:1A:2B:3C:4D:5E"),
    (
        "log4j",
        "2024-01-15 10:30:45.123  INFO 12345 --- [nio-8080-exec-1] c.e.auth.PasswordResetController : Password reset mail queued",
    ),
    ("nest", "[Nest] 4821  - 01/15/2024, 10:30:45 AM     LOG [AuthModule] TokenGuard dependencies initialized +12ms"),
    ("floats", j({"p50": 12.5, "p99": 1234.5678, "score": 0.9001011234567})),
    ("cron", "cron(0 12 * * ? *) rate(5 minutes)"),
    ("range", "items 1000-2000 of 1234-5678"),
    ("git-url", "cloning https://github.com/example/repo.git"),
    ("at-sign", "@Injectable() decorator, user @kim mentioned @lee, foo@bar"),
    ("ssh-ok", "Accepted publickey for ubuntu from 10.0.0.5 port 51022 ssh2"),
    ("pin-words", {"pinned": True, "shipping": "ok", "mapping": "x", "spin": 3}),
    (
        "auth-words",
        {
            "auth": "success",
            "authMethod": "oauth2",
            "authenticated": True,
            "authTime": 1714521600,
            "author": "kim",
            "authority": "x",
        },
    ),
    ("credential-facts", {"credentialsExpireAt": "2024-01-01", "credentialType": "iam"}),
    ("cookie-facts", {"cookieConsent": True, "cookiePolicy": "v2", "cookieDomain": ".example.com"}),
    ("tool-choice", j({"finish_reason": "stop", "stop_token": "</s>", "eos_token_id": 2, "token_ids": [1, 2, 3]})),
    (
        "budget",
        j(
            {
                "thinking": {"type": "enabled", "budget_tokens": 1024},
                "token_budget": 4000,
                "tokens_used": 12,
                "tokens": 99,
            }
        ),
    ),
    ("plain-list", j(["password", "token", "email"])),
    ("required", {"required": ["username", "password"], "missing": ["token"]}),
    ("graphql", "query($id: ID!) { user(id: $id) { id name } }"),
    ("mysql-flag", "mysql -u root -p app"),
    ("otel", j({"name": "gen_ai.request.max_tokens", "value": 4096})),
]
