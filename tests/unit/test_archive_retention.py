"""Which law keeps a window, and which storage class its parts go to."""

import pytest

from logrouter.destinations.archive.retention import keeping_of, storage_class_of
from logrouter.destinations.archive.window import GroupId, Window
from logrouter.errors import PolicyError
from logrouter.policy.load import check_section, default_policy

DAY_MS = 86_400_000
WINDOW = Window(GroupId("1", "r", "/aws/pay/api/application"), 20_000 * DAY_MS, 20_001 * DAY_MS)
ARCHIVE = default_policy().section("archive")


def test_packaged_policy_fits_its_schema():
    """The packaged section passes the schema that teams' documents have to pass."""
    check_section("archive", ARCHIVE)


@pytest.mark.parametrize(
    ("kind", "days"),
    [
        (None, 365),
        ({"class": "application"}, 365),
        ({"class": "transaction"}, 1827),
        ({"class": "access"}, 366),
        ({"class": "login"}, 92),
        ({"class": ["login", "access-large", "access"]}, 731),
    ],
)
def test_longest_class_decides(kind, days):
    """Legal minimum by record class; of several the longest."""
    keeping = keeping_of(WINDOW, kind, ARCHIVE)

    assert (keeping.keep_days, keeping.until_ms) == (days, WINDOW.end_ms + days * DAY_MS)


def test_unknown_class_is_refused():
    """A kind that names a class nobody described cannot be kept by a guess."""
    with pytest.raises(PolicyError):
        keeping_of(WINDOW, {"class": "unheard-of"}, ARCHIVE)


MB = 1_000_000


@pytest.mark.parametrize(
    ("age_days", "size", "keep", "expected"),
    [
        (2, 50 * MB, "transaction", "STANDARD"),
        (89, 50 * MB, "transaction", "STANDARD"),
        (90, 50 * MB, "transaction", "GLACIER_IR"),
        (400, 50 * MB, "transaction", "DEEP_ARCHIVE"),
        (400, 131_071, "transaction", "STANDARD"),
        (400, 131_072, "transaction", "DEEP_ARCHIVE"),
        (300, 50 * MB, "application", "STANDARD"),
        (250, 50 * MB, "application", "GLACIER_IR"),
        (1700, 50 * MB, "transaction", "GLACIER_IR"),
        (1800, 50 * MB, "transaction", "STANDARD"),
    ],
)
def test_storage_class(age_days, size, keep, expected):
    """Old, large and long enough to go: colder; too small for the fees or gone before the minimum stay: warmer."""
    now_ms = WINDOW.end_ms + age_days * DAY_MS

    actual = storage_class_of(
        ARCHIVE["tiers"],
        window=WINDOW,
        size_bytes=size,
        keeping=keeping_of(WINDOW, {"class": keep}, ARCHIVE),
        now_ms=now_ms,
    )

    assert actual == expected
