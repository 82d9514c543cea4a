"""What is packed into layers of base64 and gzip: read as far as is reasonable, hidden unread behind that."""

import base64
import gzip
import json
import time

from logrouter.masking import SECRET, default_masker, mask

PASSWORD = "password=" + "Tr0ub4dor" + "&3xkcd"


def packed(text: str) -> str:
    """One layer: gzip in base64."""
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def nested(layers: int, copies: int) -> str:
    """Many copies of a run, each of which holds many copies of a run, and so on."""
    text = "nothing of note here\n" * 20
    for _ in range(layers):
        text = f"data={packed(text)}\n" * copies
    return text


def test_a_value_in_several_layers_is_found():
    """A password three layers of gzip and base64 deep is masked with the run that holds it."""
    text = PASSWORD
    for _ in range(3):
        text = packed(f"data={text}")

    assert mask(f"body={text} end") == f"body={SECRET} end"


def test_nested_runs_cost_no_more_than_what_may_be_opened():
    """Six layers of sixty runs each (46 billion runs in a few kB of text) cost about what two layers cost."""
    two, six = nested(layers=2, copies=60), nested(layers=6, copies=60)

    masked = mask(six)

    assert len(six) < 250_000
    assert SECRET in masked
    assert seconds_for(six) < 30 * max(seconds_for(two), 0.01)  # without a bound it never ends


def seconds_for(text: str) -> float:
    """Processor time of masking a text."""
    start = time.process_time()
    mask(text)
    return time.process_time() - start


def test_what_may_be_opened_is_counted_anew_for_each_record():
    """After a record that used up all it may open, the next one is read as ever, as text and as a dict."""
    masker = default_masker()
    masker.mask(nested(layers=6, copies=60))
    harmless = f"data={packed('nothing of note here')} end"

    assert masker.mask(harmless) == harmless
    assert masker.mask({"data": harmless}) == {"data": harmless}
    assert masker.mask(json.dumps({"data": harmless})) == json.dumps({"data": harmless})
