"""What varies is lifted out of a message, words and codes stay, and nothing is lost."""

import inspect
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logrouter.stages.grouping.identifying import id_spans, is_id_segment
from logrouter.stages.grouping.templating import PARAMS_LIMIT, TEXT_LIMIT_CHARS, grouping_of, route_of_path, template_of
from logrouter.stages.grouping.varying import KINDS

EXAMPLES = [(kind.name, *example) for kind in KINDS for example in kind.examples]


@pytest.mark.parametrize(("kind", "message", "template"), EXAMPLES, ids=[f"{n}-{m[:30]}" for n, m, _ in EXAMPLES])
def test_examples(kind, message, template):
    """Every kind of varying text shows what it does, and the parameters give the message back."""
    found, params = template_of(message)

    assert (found, found % params) == (template, message), kind


def test_every_kind_that_lifts_has_an_example():
    """A kind without an example could stop working unseen."""
    assert [kind.name for kind in KINDS if not kind.examples] == ["escaped key", "rest of a word"]


@pytest.mark.parametrize(
    ("messages", "template"),
    [
        (("order 17 failed", "order 4711 failed", "order 1,234 failed"), "order %s failed"),
        (("took 12.5ms", "took 1.2s", "took 1m30s", "took 3 hours"), "took %s"),
        (("ids [1, 2, 3]", "ids [7]"), "ids [%s]"),
        (("peer 10.0.0.7", "peer 2001:db8::7", "peer ::1", "peer 10.0.0.7:48922"), "peer %s"),
        (("pod shop-7d9f8b6c5d-x2k4j down", "pod shop-6c4b9f7d88-9zq2b down"), "pod shop-%s down"),
        (
            (
                "사용자 kim1234님의 주문 ORD-1을 찾을 수 없습니다",
                "사용자 kim777님의 주문 ORD-20261120을 찾을 수 없습니다",
            ),
            "사용자 kim%s님의 주문 ORD-%s을 찾을 수 없습니다",
        ),
        (("at 2026-11-20 02:00:00", "at 2026-11-21T02:00:00.123Z", "at Nov 20 02:00:00"), "at %s"),
        (('{"user":"kim","n":1}', '{"user":"lee","n":22}'), '{"user":"%s","n":%s}'),
        (("mail to us**@example.com", "mail to a***@shop.co.kr"), "mail to %s"),
        (("GET /orders/17 failed", "GET /orders/18 failed"), "GET /orders/%s failed"),
        (("object 507f1f77bcf86cd799439011", "object 01ARZ3NDEKTSV4RRFFQ69G5FAV", "object 17"), "object %s"),
        (("delta -5", "delta 5", "delta +5.5", "delta 1e-05"), "delta %s"),
    ],
)
def test_equal_but_for_values(messages, template):
    """Messages of one statement have one template, whatever form their values take."""
    assert {template_of(message)[0] for message in messages} == {template}


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("payment refused", "payment timed out"),
        ("ORA-00942: failed", "ORA-01017: failed"),
        ('{"code":"CARD_DECLINED"}', '{"code":"CARD_EXPIRED"}'),
        ("state=PENDING", "state=FAILED"),
        ("GET /orders/17 failed", "GET /users/17 failed"),
        ("pod shop-7d9f8b6c5d-x2k4j down", "pod cart-7d9f8b6c5d-x2k4j down"),
        ("E11000 in shop", "E11001 in shop"),
        ("주문 17 실패", "결제 17 실패"),
        ("utf8 broken", "utf16 broken"),
        ("AccessDeniedException", "InternalServerException"),
    ],
)
def test_words_and_codes_stay(left, right):
    """What tells failures apart is no parameter."""
    assert template_of(left)[0] != template_of(right)[0]


@pytest.mark.parametrize(
    ("messages", "grouping"),
    [
        (("주문 12345을 처리하지 못함", "주문 12346를 처리하지 못함"), "주문 %s 처리하지 못함"),
        (("사용자 'kim'은 없음", "사용자 '박'는 없음"), "사용자 '%s' 없음"),
        (("lost 1 row", "lost 312 rows"), "lost %s row"),
        (("1 invalid item", "4 invalid items"), "%s invalid item"),
        (("ids [1, 2]", "ids [7]", "ids []"), "ids %s"),
        (("not synced: ORD-1, ORD-22 and ORD-3", "not synced: ORD-9"), "not synced: ord-%s"),
        (("hosts 10.0.0.1, 10.0.0.2 down", "hosts 10.0.0.9 down"), "hosts %s down"),
        (("GET https://x.example/a?b=1 failed", "GET https://x.example/a failed"), "get https://x.example/a failed"),
        (("\x1b[31mfailed\x1b[0m to warm", "Failed to  warm!"), "failed to warm"),
        (("\n\nimport failed:\nrow 1", "import failed:\nrow 2"), "import failed:"),
    ],
)
def test_what_makes_no_other_statement(messages, grouping):
    """Particles, plurals, counts of values, queries, colours, capitals and blanks make no other issue."""
    assert {grouping_of(template_of(message)[0]) for message in messages} == {grouping}


@pytest.mark.parametrize(
    "message",
    [
        "payment-service restarted",
        "can't do what isn't there",
        "feedback accepted before the deadline",
        "std::vector of Foo::bar",
        "OAuth2 client for s3, p95, base64, md5, x86, log4j2",
        "java.lang.NullPointerException in com.example.shop.Pay",
        "application/json",
        "",
    ],
)
def test_words_are_no_ids(message):
    """Ordinary words, names of standards and classes have no parameters."""
    assert template_of(message) == (message, ())


def test_a_message_of_numbers_has_a_bounded_number_of_params():
    """However many numbers a message holds, the parameters stay few."""
    template, params = template_of("1 " * 500)

    assert len(params) <= PARAMS_LIMIT
    assert template % params == "1 " * 500


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab1E-_.:/=@*'\"[]{}(), \\%가나\n") | st.characters(), max_size=120))
def test_nothing_is_lost(message):
    """Template and parameters give any message back."""
    template, params = template_of(message)

    assert template % params == message


@pytest.mark.parametrize(
    "piece", ["a", "a-", "/a", "1.1-", "[1,", "a.b", "'", '"\\', ":a", "a=", "x@", "**", "Nov 2", "가", "(1, ", "eyJ."]
)
def test_no_message_takes_long(piece):
    """The work for a text grows with its length and not with its square, and only so much of a text is worked on."""
    texts = [(piece * size)[:size] for size in (TEXT_LIMIT_CHARS // 8, TEXT_LIMIT_CHARS, 3_000_000)]
    template_of(texts[0])

    eighth, whole, giant = (min(seconds(text) for _ in range(5)) for text in texts)

    assert whole < 40 * eighth + 1e-3
    assert giant < 3 * whole + 0.05


def seconds(text):
    start = time.process_time()
    inspect.unwrap(template_of)(text)
    return time.process_time() - start


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("orders-api-7d9f8b6c5d-x2k4j", ["7d9f8b6c5d-x2k4j"]),
        ("ch_3MtwBwLkdIwHu7ix0snN0B15", ["3MtwBwLkdIwHu7ix0snN0B15"]),
        ("V1StGXR8_Z5jdHi6B-myT", ["V1StGXR8_Z5jdHi6B-myT"]),
        ("user4711", ["4711"]),
        ("E11000", []),
        ("ORD20261120001", ["20261120001"]),
        ("sha256", []),
        ("top-10", ["10"]),
        ("payment-service", []),
        ("0abcd1234ef567890", ["0abcd1234ef567890"]),
    ],
)
def test_ids_in_words(word, expected):
    """Of a word only the ids are ids."""
    assert [word[first:last] for first, last in id_spans(word)] == expected


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/orders/17/pay?card=1", "/orders/{id}/pay"),
        ("/users/3f2504e0-4f89-41d3-9a0c-0305e82c3301", "/users/{id}"),
        ("/api/v1/events", "/api/v1/events"),
        ("/files/us**@example.com", "/files/{id}"),
        ("/", "/"),
        ("/orders/ORD-123/", "/orders/{id}"),
        ("/orders/kim1234#top", "/orders/{id}"),
        ("https://shop.example:8443/orders/17?x", "/orders/{id}"),
        ("/cart;jsessionid=A1B2", "/cart"),
        ("/orders/{orderId}/items/:item", "/orders/{orderId}/items/:item"),
        ("/상품/17", "/상품/{id}"),
        ("/%EC%83%81%ED%92%88", "/{id}"),
        ("/oauth2/token", "/oauth2/token"),
        ("/2026/11/20/report", "/{id}/{id}/{id}/report"),
        ("*", "*"),
        ("", ""),
    ],
)
def test_routes(path, route):
    """Segments that look like ids become a place-holder; versions and words stay."""
    assert route_of_path(path) == route


def test_a_long_segment_is_an_id():
    """What is longer than any name is none."""
    assert is_id_segment("a" * 41)


ENDS = st.sampled_from([").", "]", "}:", ">,", "!", "?", ";", ")", "):", "]."])
PIECES = st.sampled_from(
    [
        "id=7",
        "port=443",
        "https://x.example/orders/17",
        "GET /orders/17",
        "/var/x/a.csv",
        "/ko/products/77",
        "17",
        "kim@x.io",
    ]
)


@given(PIECES, st.sampled_from(["(", "[", "{", "<", ""]), ENDS)
def test_no_parameter_takes_the_bracket_it_stands_in(piece, opening, end):
    """A value ends where its bracket or its sentence does, so that people read a whole message."""
    template, params = template_of(f"lost {opening}{piece}{end} and gone")

    assert params
    assert f"{end} and gone" in template
