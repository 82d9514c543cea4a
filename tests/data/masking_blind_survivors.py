"""Lines and documents that have to come out byte-identical: what loggers, platforms and Korean services write all day."""

import base64
import json
import random
import uuid
from collections.abc import Callable, Iterator

from tests.data import masking_blind_values as v
from tests.data.masking_blind_cases import Case

Draw = Callable[[random.Random], object]


def not_luhn(r: random.Random, n: int) -> str:
    body = "8" + v.some(r, v.DIGITS, n - 2)
    return body + str((int(v.luhn_digit(body)) + 1 + r.randint(0, 7)) % 10)


FILL: dict[str, Draw] = {
    "ts": lambda r: f"2026-{r.randint(1, 12):02d}-{r.randint(1, 28):02d}T{r.randint(0, 23):02d}:{r.randint(0, 59):02d}:{r.randint(0, 59):02d}.{r.randint(0, 999):03d}Z",
    "tsk": lambda r: f"2026-{r.randint(1, 12):02d}-{r.randint(1, 28):02d} {r.randint(0, 23):02d}:{r.randint(0, 59):02d}:{r.randint(0, 59):02d},{r.randint(0, 999):03d}",
    "ms": lambda r: 1763600000000 + r.randint(0, 40_000_000_000),
    "s": lambda r: 1763600000 + r.randint(0, 40_000_000),
    "us": lambda r: (1763600000 + r.randint(0, 9_000_000)) * 1_000_000 + r.randint(0, 999_999),
    "ns": lambda r: (1763600000 + r.randint(0, 9_000_000)) * 1_000_000_000 + r.randint(0, 999_999_999),
    "uuid": lambda r: str(uuid.UUID(int=r.getrandbits(128), version=4)),
    "hex16": lambda r: v.some(r, v.HEX, 16),
    "hex32": lambda r: v.some(r, v.HEX, 32),
    "hex40": lambda r: v.some(r, v.HEX, 40),
    "hex64": lambda r: v.some(r, v.HEX, 64),
    "ulid": lambda r: "01J" + v.some(r, "0123456789ABCDEFGHJKMNPQRSTVWXYZ", 23),
    "snow": lambda r: r.randint(1_200_000_000_000_000_000, 1_290_000_000_000_000_000),
    "acct": lambda r: f"{r.randint(1, 9)}{v.some(r, v.DIGITS, 11)}",
    "d2": lambda r: r.randint(10, 99), "d3": lambda r: r.randint(100, 999), "d4": lambda r: r.randint(1000, 9999), "d5": lambda r: r.randint(10000, 99999), "d6": lambda r: r.randint(100000, 999999),
    "won": lambda r: f"{r.randint(1, 999)},{r.randint(0, 999):03d}",
    "order": lambda r: f"2026{r.randint(1, 12):02d}{r.randint(1, 28):02d}-{v.some(r, v.DIGITS, 6)}",
    "ean": lambda r: "8801" + f"{r.randint(30, 99)}" + v.some(r, v.DIGITS, 7),
    "id13": lambda r: f"9{r.randint(0, 9)}{r.randint(13, 99)}" + v.some(r, v.DIGITS, 9),
    "id16": lambda r: not_luhn(r, 16),
    "b27": lambda r: v.some(r, v.ALNUM, 27),
    "sri": lambda r: v.b64(r.randbytes(48)),
    "ver": lambda r: f"{r.randint(0, 9)}.{r.randint(0, 40)}.{r.randint(0, 99)}",
    "ip": lambda r: f"10.{r.randint(0, 255)}.{r.randint(0, 255)}.{r.randint(1, 254)}",
    "hex6": lambda r: v.some(r, v.HEX, 6), "hex8": lambda r: v.some(r, v.HEX, 8), "hex12": lambda r: v.some(r, v.HEX, 12),
}  # fmt: skip

LINES = r"""
[Nest] 71  - 11/20/2026, 4:11:09 AM     LOG [NestFactory] Starting Nest application...
[Nest] 71  - 11/20/2026, 4:11:09 AM     LOG [RouterExplorer] Mapped {/auth/token/refresh, POST} route +@d2@ms
[Nest] 71  - 11/20/2026, 4:11:09 AM   ERROR [ExceptionsHandler] Cannot read properties of undefined (reading 'token')
[Nest] 71  - 11/20/2026, 4:11:09 AM    WARN [AuthGuard] password is incorrect
@ts@ info: user @d5@ logged in with method=password {"service":"auth","durationMs":@d3@}
@ts@ info: password reset requested for member @d6@
@ts@ [auth] info: token issued token_type=Bearer expires_in=3600 scope=read
@tsk@ INFO  [http-nio-8080-exec-@d2@] c.e.auth.TokenProvider : Token validated in @d2@ms
@tsk@ DEBUG [main] o.s.security.web.FilterChainProxy - Securing GET /api/members/@d5@
@tsk@ WARN  com.zaxxer.hikari.pool.HikariPool - HikariPool-1 - Thread starvation or clock leap detected (housekeeper delta=@d2@s@d3@ms).
@tsk@ ERROR org.hibernate.engine.jdbc.spi.SqlExceptionHelper - Duplicate entry '@d6@' for key 'member.PRIMARY'
Hibernate: select m1_0.id,m1_0.password,m1_0.token from member m1_0 where m1_0.id=?
Hibernate: update member set password=?, password_changed_at=? where id=?
Prisma: SELECT "User"."id", "User"."password" FROM "User" WHERE ("User"."id" = $1) LIMIT $2 OFFSET $3
START RequestId: @uuid@ Version: $LATEST
END RequestId: @uuid@
REPORT RequestId: @uuid@	Duration: @d3@.@d2@ ms	Billed Duration: @d4@ ms	Memory Size: 512 MB	Max Memory Used: @d3@ MB	Init Duration: @d3@.@d2@ ms	XRAY TraceId: 1-@hex8@-@hex12@@hex12@	SegmentId: @hex16@	Sampled: true
INIT_START Runtime Version: python:3.13.v@d2@	Runtime Version ARN: arn:aws:lambda:ap-northeast-2::runtime:@hex64@
{"time":"@ts@","type":"platform.report","record":{"requestId":"@uuid@","metrics":{"durationMs":@d3@.@d2@,"billedDurationMs":@d4@,"memorySizeMB":512,"maxMemoryUsedMB":@d3@},"tracing":{"spanId":"@hex16@","type":"X-Amzn-Trace-Id","value":"Root=1-@hex8@-@hex12@@hex12@;Parent=@hex16@;Sampled=1"}}}
@ts@ @uuid@ Task timed out after 15.02 seconds
[ERROR] @ts@ @uuid@ Unexpected token < in JSON at position 0
{"errorType":"SyntaxError","errorMessage":"Unexpected token } in JSON at position @d3@","trace":["SyntaxError: Unexpected token } in JSON","    at JSON.parse (<anonymous>)","    at Runtime.handler (file:///var/task/index.mjs:@d2@:@d2@)"]}
h2 @ts@ app/prod-alb/@hex16@ @ip@:@d5@ @ip@:8080 0.001 0.@d3@ 0.000 200 200 @d4@ @d5@ "GET https://api.example.com:443/v1/orders/@d6@?page=2&size=20 HTTP/2.0" "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:ap-northeast-2:@acct@:targetgroup/prod/@hex16@ "Root=1-@hex8@-@hex12@@hex12@" "api.example.com" "arn:aws:acm:ap-northeast-2:@acct@:certificate/@uuid@" 0 @ts@ "forward" "-" "-" "@ip@:8080" "200" "-" "-"
2 @acct@ eni-@hex16@ @ip@ @ip@ 443 @d5@ 6 @d2@ @d4@ @s@ @s@ ACCEPT OK
@ts@ UTC:@ip@(@d5@):app@shop:[@d4@]:LOG:  duration: @d4@.@d3@ ms  execute <unnamed>: SELECT * FROM orders WHERE id = $1
@ts@ UTC::@:[@d4@]:LOG:  checkpoint complete: wrote @d4@ buffers (0.1%); 0 WAL file(s) added, 0 removed, 1 recycled
@ts@ @d5@ [Note] Aborted connection @d5@ to db: 'shop' user: 'app' host: '@ip@' (Got timeout reading communication packets)
@ts@ @d5@ [Note] Access denied for user 'app'@'@ip@' (using password: YES)
# User@Host: app[app] @  [@ip@]  Id: @d6@
# Query_time: 3.@d6@  Lock_time: 0.000@d3@ Rows_sent: 1  Rows_examined: @d6@
I1120 04:11:09.@d6@       1 controller.go:@d3@] "Syncing Pod" pod="default/app-@hex8@-x@hex6@" uid="@uuid@"
E1120 04:11:09.@d6@    @d4@ pod_workers.go:1301] "Error syncing pod, skipping" err="failed to \"StartContainer\" for \"app\" with CrashLoopBackOff" podUID="@uuid@"
Normal  Pulled  @d2@s  kubelet  Successfully pulled image "@acct@.dkr.ecr.ap-northeast-2.amazonaws.com/app@sha256:@hex64@" in @d3@ms
MountVolume.SetUp failed for volume "kube-api-access-x7k2p" : failed to fetch token: context deadline exceeded
Error: secret "app-secret" not found
Warning  FailedMount  @d2@s  kubelet  references non-existent secret key: password
[@d2@.@d3@s][info][gc] GC(@d3@) Pause Young (Normal) (G1 Evacuation Pause) @d3@M->@d2@M(512M) 3.@d3@ms
[Full GC (Ergonomics) [PSYoungGen: @d5@K->0K(@d6@K)] [ParOldGen: @d6@K->@d6@K(@d6@K)] @d6@K->@d6@K(@d6@K), 0.@d6@ secs]
<--- Last few GCs --->  [7:0x@hex8@]    @d5@ ms: Mark-Compact @d4@.1 (@d4@.7) -> @d4@.0 (@d4@.7) MB
	at com.example.auth.PasswordEncoder.matches(PasswordEncoder.java:@d2@)
	at com.example.auth.TokenFilter.doFilterInternal(TokenFilter.java:@d3@) ~[app-@ver@.jar!/:@ver@]
	at org.springframework.security.authentication.dao.DaoAuthenticationProvider.additionalAuthenticationChecks(DaoAuthenticationProvider.java:@d2@)
Caused by: org.springframework.security.authentication.BadCredentialsException: Bad credentials
Caused by: io.jsonwebtoken.ExpiredJwtException: JWT expired at @ts@. Current time: @ts@, a difference of @d6@ milliseconds.
  File "/var/task/auth/token.py", line @d3@, in verify_token
  File "/opt/python/lib/python3.13/site-packages/botocore/auth.py", line @d3@, in add_auth
botocore.exceptions.ClientError: An error occurred (ExpiredTokenException) when calling the GetObject operation: The provided token has expired.
botocore.exceptions.NoCredentialsError: Unable to locate credentials
    at AuthService.validateToken (/app/dist/auth/auth.service.js:@d2@:@d2@)
    at process.processTicksAndRejections (node:internal/process/task_queues:@d2@:5)
JsonWebTokenError: invalid signature
KeyError: 'password'
    token=settings_map.get("client_token"),
    self.token = data['token']
    return connect(password=self.password, client_token=client_token, timeout=@d2@)
    credentials = self._get_param("Credentials")
    def refresh(self, token: str | None, near: str) -> str:
the change from password to client_certificate login is done
token from header is used to authorize_request @d4@ times
signature to @d2@ bytes of body with HmacSHA256
TypeError: login() missing 1 required positional argument: 'password'
ValueError: too many values to unpack (expected 2)
AttributeError: 'NoneType' object has no attribute 'token'
npm warn deprecated lodash@4.17.21: use native
added @d3@ packages from lockfile: react@@ver@, next@@ver@, @types/node@@ver@
GET /static/logo@2x.png 200 @d4@ bytes
"integrity": "sha512-@sri@",
<script src="/a.js" integrity="sha384-@sri@"></script>
image digest sha256:@hex64@ pushed
commit @hex40@ deployed by pipeline #@d4@
etag="@hex32@" size=@d6@
md5=@hex32@ path=/data/2026/11/20/part-0000@d2@.parquet
traceId=@hex32@ spanId=@hex16@ sampled=true
traceparent: 00-@hex32@-@hex16@-01
request_id=@uuid@ user_id=@d6@ elapsed=@d3@
correlation @ulid@ accepted
message @snow@ delivered to channel @snow@
arn:aws:iam::@acct@:role/service-role/app-role-@hex8@ assumed
arn:aws:secretsmanager:ap-northeast-2:@acct@:secret:prod/db-AbCdEf read
account @acct@ region ap-northeast-2
eventTime=@ms@ ingestionTime=@ms@
offset=@us@ partition=3
@ns@ metrics flushed
주문번호 @order@ 결제 완료 금액 @won@원
주문 @order@ 배송 준비중, 운송장 @acct@ 등록
운송장번호 @acct@ 배송 완료
송장번호: @d6@@d6@ (CJ대한통운)
상품 바코드 @ean@ 입고 수량 @d3@
ISBN 979-11-@d4@-@d3@-1 재고 @d2@권
ISBN 97911@d6@@d2@ 입고
합계 @won@원 (부가세 포함) 포인트 @d4@점 적립
정산 배치 시작 대상 @d5@건 기준일 2026-11-20
회원번호 @d6@ 등급 변경 GOLD → VIP
토큰이 만료되었습니다
토큰 갱신 실패: 만료된 토큰입니다
비밀번호 변경 안내 메일 발송
비밀번호가 일치하지 않습니다
비밀번호는 8자 이상이어야 합니다
비밀번호 오류 횟수 초과 (5회)
인증번호가 만료되었습니다. 다시 요청해 주세요.
인증 토큰 검증 실패 - 서명이 올바르지 않음
쿠폰 번호 @id16@ 사용 처리
상담 가능 시간 09:00-18:00, 점심 12:00-13:00
기간 2026.11.01 ~ 2026.11.30 매출 @won@,000원
재고 동기화 @d4@/@d5@ 처리 중 (@d2@.@d2@%)
승인번호 @d6@@d2@ 할부 03개월
좌표 37.@d6@, 127.@d6@ 반경 500m
고객센터 1588-@d4@ 안내
버전 @ver@-rc.1 배포 완료 (빌드 @d4@)
요청 처리 시간 @d3@ms, 상태 200, 크기 @d5@바이트
usage: prompt_tokens=@d4@, completion_tokens=@d3@, total_tokens=@d4@
max_tokens=4096 temperature=0.2 model=gpt-4.1-mini
x-ratelimit-remaining-tokens: @d6@
anthropic-ratelimit-tokens-remaining: @d6@
tokenizer=cl100k_base tokens=@d4@ truncated=false
This model's maximum context length is 128000 tokens. However, your messages resulted in @d6@ tokens.
Rate limit reached for gpt-4.1 on tokens per min (TPM): Limit 30000, Used @d5@, Requested @d4@.
input tokens: @d4@, output tokens: @d3@, cached tokens: @d3@
InputTokenCount=@d4@ OutputTokenCount=@d3@
token_expires_in=3600 token_type=Bearer grant_type=password
passwordChangedAt=@ts@ hasPassword=true password=null
password=${DB_PASSWORD} url=jdbc:mysql://db:3306/shop
password=<redacted> token=[REDACTED] secret=****
DB_PASSWORD=***MASKED*** API_KEY=***MASKED***
authorization: [Filtered]
UPDATE member SET password = $1 WHERE id = $2
SELECT token FROM session WHERE expires_at < now()
--password=<password> --token $TOKEN
export TOKEN=$(aws ecr get-login-password)
key=user:@d6@:profile ttl=300 hit=true
cache key product:@d5@ evicted
partition key order#@d6@ sort key 2026-11-20
primary key violation on table orders
keyboard layout us; keynote 3; monkey=1
author=kim authority=ROLE_USER authorized=true authType=password
pinned=true ping=@d2@ms spin=3 pinCount=2
secretary assigned; passport control queue; cookie consent accepted
signature verified; signature algorithm RS256
csrf check passed for POST /orders
cookies enabled; cookie banner dismissed
Basic plan upgraded to Premium
Bearer authentication is required
Key rotation finished for 3 keys
Digest mismatch: expected sha256:@hex64@ got sha256:@hex64@
retry 1/3 after @d3@ms (connect ETIMEDOUT @ip@:443)
ELB-HealthChecker/2.0 GET /health 200 @d2@ms
user-agent: Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.6778.@d2@ Mobile Safari/537.36
"GET /v1/members/@d6@/orders?from=20261101&to=20261120 HTTP/1.1" 200 @d5@
s3://bucket/AWSLogs/@acct@/elasticloadbalancing/ap-northeast-2/2026/11/20/@acct@_elasticloadbalancing_ap-northeast-2_app.prod.@hex16@_20261120T0410Z_@ip@_x.log.gz
/var/log/app/2026-11-20.@d2@.log rotated, @d6@ bytes
0x@hex16@ in libc.so.6 rip=0x@hex12@
eyes: 2, sk-learn 1.5.2, sketch-@d4@, ask-for-help
The quick brown fox @d2@ jumps: (see http://example.com/docs#password-policy)
https://example.com/reset-password?step=2&lang=ko
https://example.com/oauth/token returned 400 invalid_grant
nextToken present, page 3 of @d2@
seq=@d6@ crc=0x@hex8@ len=@d4@
thread pool: active=@d2@, queued=@d3@, completed=@d6@
cron 0 4 * * 1-5 next run @ts@
latency p50=@d2@.@d2@ p95=@d3@.@d2@ p99=@d3@.@d2@
id=@id13@ status=DONE
tx @id16@ settled
job 20261120041109@d3@ finished
세금계산서 발행 @d4@건, 반려 @d2@건
출고 예정일 2026-11-@d2@ / 보관 위치 A-12-03-@d2@
"""

DOCUMENTS: tuple[str, ...] = (
    '{"level":30,"time":@ms@,"pid":@d2@,"hostname":"ip-10-0-1-23","reqId":"req-@hex6@","req":{"method":"POST","url":"/auth/token","remotePort":@d5@},"res":{"statusCode":200},"responseTime":@d2@.@d3@,"msg":"request completed"}',
    '{"level":50,"time":@ms@,"pid":7,"hostname":"h","err":{"type":"TokenExpiredError","message":"jwt expired","stack":"TokenExpiredError: jwt expired\\n    at /app/node_modules/jsonwebtoken/verify.js:@d3@:21","expiredAt":"@ts@"},"msg":"jwt expired"}',
    '{"level":"info","message":"Password reset mail queued","service":"auth","timestamp":"@ts@","userId":@d6@}',
    '{"level":"ERROR","location":"handler:@d2@","message":"token refresh failed","timestamp":"@tsk@","service":"payment","cold_start":false,"function_name":"pay","function_memory_size":512,"function_arn":"arn:aws:lambda:ap-northeast-2:@acct@:function:pay","function_request_id":"@uuid@","xray_trace_id":"1-@hex8@-@hex12@@hex12@"}',
    '{"asctime":"@tsk@","levelname":"WARNING","name":"auth.token","message":"refresh token rejected","taskName":null,"lineno":@d3@}',
    '{"_aws":{"Timestamp":@ms@,"CloudWatchMetrics":[{"Namespace":"app","Dimensions":[["service"]],"Metrics":[{"Name":"TokenRefresh","Unit":"Count"}]}]},"service":"auth","TokenRefresh":@d2@}',
    '{"model":"gpt-4.1-mini","usage":{"prompt_tokens":@d4@,"completion_tokens":@d3@,"total_tokens":@d4@,"prompt_tokens_details":{"cached_tokens":@d3@,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":@d2@}},"id":"chatcmpl-@b27@"}',
    '{"type":"message","model":"claude-sonnet-4-5","stop_reason":"max_tokens","usage":{"input_tokens":@d4@,"cache_creation_input_tokens":@d4@,"cache_read_input_tokens":0,"output_tokens":@d3@},"id":"msg_01@b27@"}',
    '{"usageMetadata":{"promptTokenCount":@d4@,"candidatesTokenCount":@d3@,"totalTokenCount":@d4@,"thoughtsTokenCount":@d2@},"modelVersion":"gemini-2.5-flash"}',
    '{"schemaType":"ModelInvocationLog","timestamp":"@ts@","accountId":"@acct@","region":"us-east-1","requestId":"@uuid@","operation":"Converse","modelId":"anthropic.claude-3-5-sonnet-20241022-v2:0","input":{"inputTokenCount":@d4@},"output":{"outputTokenCount":@d3@}}',
    '{"metrics":{"latencyMs":@d4@},"usage":{"inputTokens":@d4@,"outputTokens":@d3@,"totalTokens":@d4@,"cacheReadInputTokenCount":0},"stopReason":"end_turn","inferenceConfig":{"maxTokens":1024,"temperature":0}}',
    '{"traceId":"@hex32@","spanId":"@hex16@","name":"chat gpt-4.1","startTimeUnixNano":"@ns@","attributes":[{"key":"gen_ai.usage.input_tokens","value":{"intValue":"@d4@"}},{"key":"gen_ai.usage.output_tokens","value":{"intValue":@d3@}},{"key":"gen_ai.request.max_tokens","value":{"intValue":"1024"}}]}',
    '{"gen_ai.usage.input_tokens":@d4@,"gen_ai.usage.output_tokens":@d3@,"llm.token_count.prompt":@d4@,"llm.token_count.total":@d4@,"llm.usage.total_tokens":@d4@}',
    '{"headers":{"x-ratelimit-limit-tokens":"150000","x-ratelimit-remaining-tokens":"@d6@","x-ratelimit-reset-tokens":"6m0s","retry-after":"2"}}',
    '{"token_type":"Bearer","expires_in":3600,"token_expires_in":86400,"tokenExpiresAt":"@ts@","grant_type":"password","scope":"openid"}',
    '{"passwordChangedAt":"@ts@","passwordExpiresAt":"@ts@","hasPassword":true,"passwordResetRequired":false,"password":null,"passwordLength":12,"isPasswordSet":true}',
    '{"password":"***MASKED***","token":"[REDACTED]","secret":"<redacted>","apiKey":null,"cookie":""}',
    '{"where":{"password":"?"},"params":"$1, $2"}',
    '{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROA@acct@EXAMPL:app","accountId":"@acct@"},"eventTime":"@ts@","eventSource":"secretsmanager.amazonaws.com","eventName":"GetSecretValue","requestID":"@uuid@","eventID":"@uuid@","readOnly":true}',
    '{"order":{"id":"@order@","items":[{"sku":"@ean@","qty":@d2@,"price":@d5@}],"total":@d6@,"currency":"KRW","paidAt":"@ts@"}}',
    '{"주문번호":"@order@","금액":@d6@,"상태":"결제완료","상품":[{"코드":"A-@d4@","수량":3}],"비고":"문 앞에 놓아주세요"}',
    '{"bucket":"logs","key":"2026/11/20/@uuid@.json.gz","size":@d6@,"etag":"@hex32@","sequencer":"00@hex16@"}',
    '{"messageId":"@uuid@","attributes":{"ApproximateReceiveCount":"1","SentTimestamp":"@ms@","SenderId":"AROA@acct@EXAMPL:app"},"md5OfBody":"@hex32@"}',
    '{"deviceId":"@uuid@","snowflake":"@snow@","id":@id13@,"ref":"@id16@","seq":@d6@}',
    '{"kubernetes":{"pod_name":"app-@hex8@","namespace_name":"prod","pod_id":"@uuid@","container_image":"@acct@.dkr.ecr.ap-northeast-2.amazonaws.com/app:@ver@","docker_id":"@hex64@"},"stream":"stdout"}',
    '{"tokens":@d3@,"tokenCount":@d4@,"numTokens":@d3@,"tokenizer":"o200k_base","tokens_per_second":@d2@.@d2@,"max_new_tokens":512,"tokenLimit":8192}',
    '{"key":"user:@d6@","name":"product","value":"@d5@","keys":["a","b"],"primaryKey":@d6@,"sortKey":"2026-11-20","keyword":"운동화"}',
    '{"auth":{"method":"password","success":true,"mfa":false},"authMode":"IAM","authenticated":true,"author":"kim"}',
    '{"cookieConsent":true,"cookiesEnabled":false,"signatureVersion":"v4","signatureAlgorithm":"RS256","secretName":"prod/db","secretArn":"arn:aws:secretsmanager:ap-northeast-2:@acct@:secret:prod/db-AbCdEf"}',
    '{"version":"@ver@","commit":"@hex40@","digest":"sha256:@hex64@","builtAt":"@ts@"}',
    '{"lat":37.@d6@,"lng":127.@d6@,"accuracy":@d2@.5,"ts":@s@}',
    '{"messages":[{"role":"user","content":"How many tokens does this password policy text use?"},{"role":"assistant","content":"About @d3@ tokens."}]}',
    '{"messages":[{"role":"system","content":"당신은 친절한 상담원입니다. 비밀번호를 묻지 마세요."},{"role":"user","content":"배송 언제 오나요?"}],"max_tokens":@d3@}',
)  # fmt: skip


def filled(r: random.Random, template: str) -> str:
    for name, draw in FILL.items():
        while f"@{name}@" in template:
            template = template.replace(f"@{name}@", str(draw(r)), 1)
    return template


def lines(r: random.Random) -> Iterator[Case]:
    for template in LINES.strip("\n").split("\n"):
        for _ in range(4 if "@" in template else 1):
            yield Case(f"line {template[:40]}", filled(r, template))
    for template in DOCUMENTS:
        for _ in range(3):
            text = filled(r, template)
            yield Case(f"document {template[:40]}", text)
            yield Case(f"record {template[:40]}", json.loads(text))
        yield Case(f"in json {template[:40]}", {"message": filled(r, template), "id": "e1"})
        yield Case(f"base64 {template[:40]}", {"data": base64.b64encode(filled(r, template).encode()).decode()})


def survivors() -> list[Case]:
    return list(lines(random.Random(77)))
