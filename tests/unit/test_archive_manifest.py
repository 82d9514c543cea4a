"""Manifests and parts: same events, same bytes; whoever changes one is found out."""

import gzip
import json
from dataclasses import replace

import pytest

from logrouter.destinations.archive.layout import Partition, manifest_prefix, partition_of
from logrouter.destinations.archive.manifest import (
    NO_PREVIOUS,
    build_manifest,
    chain_faults,
    content_faults,
    read_manifest,
    sha256_of,
    window_of,
)
from logrouter.destinations.archive.parts import PartWriter
from logrouter.destinations.archive.records import archive_record
from logrouter.destinations.archive.retention import Keeping
from logrouter.destinations.archive.window import GroupId, Window, WindowFacts
from logrouter.errors import ArchiveError
from logrouter.jobs.archive_window import Compactor
from logrouter.model import LogEvent, MaskedEvent, MaskedText, Origin, RawText, Tally
from logrouter.policy.load import default_policy

GROUP = GroupId("123456789012", "ap-northeast-2", "/aws/pay/api/application")
DAY_MS = 86_400_000
START = 20_000 * DAY_MS
KEEPING = Keeping(("application",), 365, START + 366 * DAY_MS)


def compacted(count: int, day: int = 0, *, backwards: bool = False) -> tuple[Window, WindowFacts, dict[str, bytes]]:
    window = Window(GROUP, START + day * DAY_MS, START + (day + 1) * DAY_MS)
    facts = WindowFacts("pull", window.start_ms, DAY_MS)
    facts.masked_by({"version": "test+1", "sha256": "ab" * 32, "rules": 130, "own_rules": 2, "optional_rules": 1})
    work = Compactor(
        window,
        facts,
        Tally("archive"),
        mask_text=lambda text, _service, _group: (MaskedText(text), {}),
        part_bytes=10**9,
        gzip_level=6,
        limit_bytes=10**9,
    )
    events = [
        ("s", LogEvent(f"{day}-{place:03d}", window.start_ms + place, RawText(f"m{place}"))) for place in range(count)
    ]
    work.take(reversed(events) if backwards else events)
    part = work.commit(window.end_ms)
    assert part is not None
    stored = part.facts(Partition(window, "pay", "application"), "STANDARD")
    work.stored(stored)
    return window, facts, {stored.key: part.body}


def chain(days: int) -> list[bytes]:
    bodies, previous = [], NO_PREVIOUS
    for day in range(days):
        window, facts, _ = compacted(3, day)
        bodies.append(manifest(window, facts, day + 1, previous))
        previous = sha256_of(bodies[-1])
    return bodies


def manifest(window: Window, facts: WindowFacts, sequence: int = 1, previous: str = NO_PREVIOUS) -> bytes:
    return build_manifest(
        window,
        facts,
        keeping=KEEPING,
        proof={},
        superseded=(),
        sequence=sequence,
        previous_sha256=previous,
        sealed_ms=START + 3 * DAY_MS,
    )


def test_same_events_same_bytes():
    """The order of arrival changes neither bytes nor hash nor digest."""
    forwards, backwards = compacted(50), compacted(50, backwards=True)

    assert forwards == backwards


def test_manifest_goes_with_its_parts():
    """What was just written has no faults."""
    window, facts, bodies = compacted(20)

    assert content_faults(read_manifest(manifest(window, facts)), bodies) == []


def test_manifest_shape(golden):
    """The whole manifest of a small window, reviewed."""
    window, facts, _ = compacted(2)

    document = {**read_manifest(manifest(window, facts)), "bytes_stored": "depends on zlib"}
    for part in document["parts"]:
        part |= {"key": "ends in the hash", "sha256": "depends on zlib", "bytes_stored": "depends on zlib"}

    golden("archive/manifest", document)


def repacked(body: bytes, change) -> bytes:
    lines = change(gzip.decompress(body).splitlines(keepends=True))
    return gzip.compress(b"".join(lines), mtime=0)


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines[:-1],
        lambda lines: [*lines, lines[-1]],
        lambda lines: [lines[0].replace(b"m0", b"mX"), *lines[1:]],
        lambda lines: [lines[1], lines[0], *lines[2:]],
        lambda lines: [line.replace(b'"id":"0-', b'"id":"9-') for line in lines],
    ],
    ids=["removed", "doubled", "changed", "reordered", "renamed"],
)
@pytest.mark.parametrize("covers_tracks", [False, True])
def test_tampering_with_a_part_is_found(change, covers_tracks):
    """A changed record is found by the hash of the part, and by count, order or digest when that hash was forged too."""
    window, facts, bodies = compacted(5)
    document = read_manifest(manifest(window, facts))
    ((key, body),) = bodies.items()
    forged = repacked(body, change)
    if covers_tracks:
        document["parts"][0] |= {"sha256": sha256_of(forged), "bytes_stored": len(forged)}

    assert content_faults(document, {key: forged}) != []


def test_missing_part_is_found():
    """A part that is not there is named."""
    window, facts, bodies = compacted(5)

    assert content_faults(read_manifest(manifest(window, facts)), {}) == [f"{next(iter(bodies))}: missing"]


@pytest.mark.parametrize(
    "tamper",
    [
        lambda bodies: [bodies[0], bodies[2]],
        lambda bodies: bodies[1:],
        lambda bodies: [bodies[1], bodies[0], bodies[2]],
        lambda bodies: [bodies[0].replace(b'"events": 3', b'"events": 2'), *bodies[1:]],
        lambda bodies: [bodies[0], bodies[0], *bodies[2:]],
    ],
    ids=["one removed", "first removed", "reordered", "changed", "replaced"],
)
def test_tampering_with_the_chain_is_found(tamper):
    """No manifest can be taken out, put elsewhere or changed without the next one showing it."""
    bodies = chain(3)

    assert chain_faults(bodies) == []
    assert chain_faults(tamper(bodies)) != []


def test_overlapping_windows_are_found():
    """A chain that fits but seals a stretch of time twice is at fault."""
    window, facts, _ = compacted(3)
    first = manifest(window, facts)

    assert any("overlap" in fault for fault in chain_faults([first, manifest(window, facts, 2, sha256_of(first))]))


def test_refuses_what_is_no_manifest():
    """Other JSON, or none, is an error."""
    for body in (b"{", b"[]", b'{"format": "other"}'):
        with pytest.raises(ArchiveError):
            read_manifest(body)


def test_manifest_names_its_window():
    """A manifest found anywhere leads back to its log group and time."""
    window, facts, _ = compacted(1)

    assert window_of(read_manifest(manifest(window, facts))) == window


@pytest.mark.parametrize(
    ("log_group", "service", "log_type"),
    [
        ("/aws/pay/api/application", "api", "application"),
        ("/aws/lambda/orders", "orders", "application"),
        ("/aws/rds/instance/main-db/error", "main-db", "errors"),
        ("standalone", "standalone", "other"),
        ("/ecs/gateway", "gateway", "other"),
    ],
)
def test_partition_comes_from_the_name(log_group, service, log_type):
    """Service and type of a log group, as the packaged policy reads them."""
    from logrouter.policy.log_groups import kind_of

    policy = default_policy()
    window = Window(replace(GROUP, log_group=log_group), START, START + DAY_MS)
    kind = kind_of(policy.section("log_groups"), log_group)

    partition = partition_of(window, kind, policy.section("archive")["services"])

    assert (partition.service, partition.log_type) == (service, log_type)


def test_hour_windows_have_an_hour():
    """A window within an hour is found in its hour; a longer one under `all`."""
    hour = Window(GROUP, START + 13 * 3_600_000, START + 14 * 3_600_000)
    day = Window(GROUP, START, START + DAY_MS)

    assert Partition(hour, "pay", "x").prefix.endswith("/dt=2024-10-04/hour=13/")
    assert Partition(day, "pay", "x").prefix.endswith("/dt=2024-10-04/hour=all/")


def test_manifests_of_two_groups_never_share_a_prefix():
    """The prefix says which log group it is, reversibly."""
    names = ["/a/b", "/a-b", "a/b", "#a.b", "/a#b"]

    assert len({manifest_prefix(replace(GROUP, log_group=name)) for name in names}) == len(names)


def test_lone_surrogates_survive():
    """Half a character, which UTF-8 cannot carry, is kept as a JSON escape."""
    event = MaskedEvent(Origin("1", "r", "g", "s"), "id", 5, MaskedText("a\ud800b"))

    assert json.loads(archive_record(event).line)["message"] == "a\ud800b"


def test_empty_part_is_none():
    """Nothing written, nothing to store."""
    assert PartWriter().close() is None


def test_a_manifest_names_each_policy_once():
    """A window that was read in several runs names every policy that masked it, with its hash and its rules."""
    facts = WindowFacts("pull", START, DAY_MS)
    stamps = [{"version": f"v{number}", "sha256": "", "rules": number, "own_rules": 0} for number in (1, 2, 1)]

    for stamp in stamps:
        facts.masked_by(stamp)

    assert (facts.policy_versions, facts.policies) == (["v1", "v2"], stamps[:2])


def test_facts_of_another_release_are_read():
    """What an earlier release did not write is empty, what a later one writes besides is passed over."""
    kept = {key: value for key, value in WindowFacts("pull", 1, 2).as_dict().items() if key != "policies"}

    assert WindowFacts.from_dict({**kept, "later": 1}) == WindowFacts("pull", 1, 2)
