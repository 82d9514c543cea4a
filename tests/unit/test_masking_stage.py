"""The masking stage: a log event in, a masked event out, and a placeholder when masking fails."""

from logrouter.masking import FAILED, default_masker
from logrouter.model import LogEvent, MaskedEvent, Origin, RawText
from logrouter.stages.mask import PLACEHOLDER, mask_event

ORIGIN = Origin("123456789012", "ap-northeast-2", "/aws/ecs/gateway/errors", "web/1")
EVENT = LogEvent("e-1", 1_700_000_000_000, RawText("tel 010" + "-1234-5678"), lines=3, ingestion_ms=1_700_000_000_500)


def test_event_is_masked_and_keeps_its_identity():
    """The text is masked; id, times and line count stay, and the hits go along."""
    actual = mask_event(EVENT, ORIGIN, default_masker().mask_text)

    expected = MaskedEvent(
        ORIGIN, "e-1", 1_700_000_000_000, "tel 010-****-5678", 3, {"phone.mobile": 1}, 1_700_000_000_500
    )
    assert actual == (expected, False)


def test_failure_becomes_the_placeholder():
    """An exception of the masker leaves a flagged placeholder and nothing of the text."""

    def broken(*_):
        raise RuntimeError("text: 010-1234-5678")

    masked, failed = mask_event(EVENT, ORIGIN, broken)

    assert failed
    assert masked.message == PLACEHOLDER
    assert masked.lines == 3


def test_placeholder_is_the_masker_s_own():
    """Stage and masker write the same placeholder, and masking leaves it alone."""
    assert PLACEHOLDER == FAILED
    assert default_masker().mask(FAILED) == FAILED
