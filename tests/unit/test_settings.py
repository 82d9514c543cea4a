"""Settings fail early, all faults at once, by name and without values."""

import pytest

from logrouter.errors import SettingsError
from logrouter.settings import ArchiveSettings, ForwardErrorsSettings, TraceLlmSettings


@pytest.mark.parametrize(
    ("variable", "text", "expected"),
    [
        ("DELIVERY_CONCURRENCY", "0", "a whole number from 1 to 64"),
        ("DELIVERY_CONCURRENCY", "65", "a whole number from 1 to 64"),
        ("DELIVERY_CONCURRENCY", "many", "a whole number from 1 to 64"),
        ("RETRY_FIRST_WAIT_S", "901", "a whole number from 1 to 900"),
    ],
)
def test_a_number_has_bounds(variable, text, expected):
    """A number outside its bounds is refused with the bounds, without the value."""
    with pytest.raises(SettingsError) as refusal:
        ForwardErrorsSettings.load({"SENTRY_DSN": "x", variable: text})

    assert refusal.value.faults == [f"{variable} is not {expected}"]


def test_the_bounds_themselves_are_allowed():
    """Smallest and largest value are valid."""
    read = [ForwardErrorsSettings.load({"SENTRY_DSN": "x", "DELIVERY_CONCURRENCY": text}) for text in ("1", "64")]

    assert [settings.concurrency for settings in read] == [1, 64]


def test_every_fault_is_named_at_once():
    """Missing and malformed variables stand in one error; an empty value is a missing one."""
    with pytest.raises(SettingsError) as refusal:
        ArchiveSettings.load({"ARCHIVE_BUCKET": "", "ARCHIVE_OBJECT_LOCK": "perhaps"})

    assert refusal.value.faults == [
        "ARCHIVE_BUCKET is missing",
        "WINDOW_TABLE is missing",
        "ARCHIVE_OBJECT_LOCK is not true or false",
    ]


def test_a_half_secret_names_the_other_half():
    """Host without keys is no source of a secret."""
    with pytest.raises(SettingsError) as refusal:
        TraceLlmSettings.load({"LANGFUSE_HOST": "https://x"})

    assert refusal.value.faults == [
        "LANGFUSE_SECRET_ARN is missing, and so is, in its place, LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY",
    ]
