"""Bodies of Bedrock calls in S3: which are asked for, how they are got, and what becomes of a call without them."""

import gzip
import io
import json
import threading
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.response import StreamingBody
from hypothesis import given
from hypothesis import strategies as st

from logrouter.adapters import offloaded_bodies
from logrouter.adapters.offloaded_bodies import AT_ONCE, BODY_S, FRESH_MS, KEPT_S, S3Bodies, bodies_from
from logrouter.adapters.resting import FAILURES_TO_REST, REST_S
from logrouter.masking import default_masker
from logrouter.model import MaskedEvent, MaskedText, Origin
from logrouter.settings import TraceLlmSettings
from logrouter.stages.llm.offloaded import (
    ABSENT,
    NODES_LIMIT,
    STREAM,
    TEXT_LIMIT_CHARS,
    Absence,
    NoBodies,
    Reference,
    references_of,
    with_bodies,
    with_joined_stream,
)
from logrouter.stages.parse import parse
from tests.delivery_fakes import FakeClock
from tests.unit.bedrock_samples import PNG, STREAMS, delta
from tests.unit.llm_samples import bedrock

BUCKET, PREFIX = "large-data", "bedrock"
ACCOUNT, REGION, GROUP = "123456789012", "us-east-1", "/aws/bedrock/invocations"
ID = "7a1f0e52-0000-4000-8000-0123456789ab"
ORIGIN = Origin(ACCOUNT, REGION, GROUP, STREAM)
FOLDER = f"{PREFIX}/AWSLogs/{ACCOUNT}/BedrockModelInvocationLogs/{REGION}/2026/08/29/10/data/"
AT_MS = 1_787_999_998_000  # 2026-08-29T10:39:58Z
EMAIL = "hong.gildong" + "@" + "customer.example.com"
BODY = {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}


def reference(path=None, side="input", **facts):
    known = {
        "account": ACCOUNT,
        "log_group": GROUP,
        "log_stream": STREAM,
        "region": REGION,
        "request_id": ID,
        "at_ms": AT_MS,
    }
    return Reference(side, path or f"s3://{BUCKET}/{FOLDER}{ID}_{side}.json.gz", **{**known, **facts})


def zipped(body):
    return gzip.compress(json.dumps(body).encode(), mtime=0)


def refusal(code):
    return ClientError({"Error": {"Code": code, "Message": "planted"}}, "GetObject")


class FakeS3:
    """An `s3` client that gives one answer after the other: bytes, or an exception to raise."""

    def __init__(self, *answers):
        self.asked = []
        self._answers = list(answers)

    def get_object(self, **arguments):
        self.asked.append(arguments)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return {"Body": StreamingBody(io.BytesIO(answer), len(answer))}


class World:
    """Bodies over a fake client, its clock and its metrics."""

    def __init__(self, *answers, log_groups=("*",)):
        self.client = FakeS3(*answers)
        self.clock = FakeClock()
        self.counted = []
        self.bodies = S3Bodies(
            BUCKET,
            PREFIX,
            log_groups=log_groups,
            make_client=lambda: self.client,
            clock=self.clock,
            count=lambda name, number, **facts: self.counted.append((name, number, facts)),
        )

    def fetch(self, *references, within_s=10.0):
        return list(self.bodies.fetch(references or [reference()], within_s))


def parsed(document, origin=ORIGIN):
    return parse(MaskedEvent(origin, "1", AT_MS, MaskedText(json.dumps(document))))


def offloaded_call(**more):
    return bedrock(
        "Converse",
        "amazon.nova-pro-v1:0",
        {"inputBodyS3Path": f"s3://{BUCKET}/{FOLDER}{ID}_input.json.gz", "inputTokenCount": 40_000},
        {"outputBodyS3Path": f"s3://{BUCKET}/{FOLDER}{ID}_output.json.gz", "outputTokenCount": 900},
        **more,
    )


def unmasked(text):
    return text


def masked(text):
    return default_masker().mask_text(text)[0]


class TestWhatMayBeAsked:
    @pytest.mark.parametrize("prefix", ["bedrock", "/bedrock/", "bedrock/"])
    @pytest.mark.parametrize("folders", ["2026/08/29/10/data/", "2026/08/29/data/", "data/"])
    @pytest.mark.parametrize("ending", [".json.gz", ".json"])
    def test_keys_that_bedrock_writes(self, prefix, folders, ending):
        """The configured bucket and prefix, the record's account, region and request id, the folder data, the side."""
        key = f"bedrock/AWSLogs/{ACCOUNT}/BedrockModelInvocationLogs/{REGION}/{folders}{ID}_input{ending}"

        assert reference(f"s3://{BUCKET}/{key}").key_in(BUCKET, prefix) == key

    @pytest.mark.parametrize(
        "forged",
        [
            {"path": f"s3://other-bucket/{FOLDER}{ID}_input.json.gz"},
            {"path": f"s3://{BUCKET}.evil/{FOLDER}{ID}_input.json.gz"},
            {"path": f"https://{BUCKET}/{FOLDER}{ID}_input.json.gz"},
            {"path": f"s3://{BUCKET}/secrets/{FOLDER}{ID}_input.json.gz"},
            {"path": f"s3://{BUCKET}/" + FOLDER.removeprefix("bedrock/") + f"{ID}_input.json.gz"},
            {"path": f"s3://{BUCKET}/{FOLDER}{ID}_output.json.gz"},
            {"path": f"s3://{BUCKET}/{FOLDER}../{ID}_input.json.gz"},
            {"path": f"s3://{BUCKET}/{FOLDER}x/{ID}_input.json.gz"},
            {"path": f"s3://{BUCKET}/{FOLDER}{ID}_input.json.gz/x"},
            {"path": f"s3://{BUCKET}/{FOLDER}{ID}_input.json.gz\n"},
            {"path": f"s3://{BUCKET}/{FOLDER}{ID}_input.exe"},
            {"path": f"s3://{BUCKET}/{FOLDER}00000000-0000-4000-8000-000000000000_input.json.gz"},
            {"account": "210987654321"},
            {"account": ""},
            {"region": "eu-west-1"},
            {"region": ".*"},
            {"region": ""},
            {"request_id": "../" + ID},
            {"request_id": ""},
            {"log_stream": "app/chat/1"},
            {"path": ""},
        ],
    )
    def test_forged_lines(self, forged):
        """A line that names anything else is no reason to read it."""
        world = World(zipped(BODY))

        facts = {**forged}
        path = facts.pop("path", None)
        asked = reference(path if path is None else path or "s3://", **facts)

        assert asked.key_in(BUCKET, PREFIX) is None
        assert world.fetch(asked)[0] in {Absence.NOT_ALLOWED, Absence.NOT_JSON}
        assert world.client.asked == []

    @given(st.text(max_size=40), st.text(max_size=20), st.text(max_size=20))
    def test_no_path_leads_out_of_the_folder(self, tail, request_id, region):
        """Whatever a line says, the key asked for ends in its own request id, within bucket, prefix and account."""
        key = reference(f"s3://{BUCKET}/{FOLDER}{tail}", request_id=request_id, region=region).key_in(BUCKET, PREFIX)

        assert key is None or (key.startswith(f"{PREFIX}/AWSLogs/{ACCOUNT}/") and f"{request_id}_input" in key)

    def test_only_believed_log_groups(self):
        """Records of other log groups than those configured are not followed."""
        world = World(zipped(BODY), log_groups=("/aws/bedrock/*",))

        assert world.fetch(reference(log_group="/aws/lambda/chat")) == [Absence.NOT_ALLOWED]
        assert world.fetch(reference()) == [json.dumps(BODY).encode()]

    def test_what_a_record_points_to(self):
        """A path counts where the body itself is not there; account and log group are those CloudWatch names."""
        record = parsed(offloaded_call())

        assert references_of(record) == (reference(), reference(side="output"))
        whole = offloaded_call()
        whole["input"]["inputBodyJson"] = BODY
        assert references_of(parsed(whole)) == (reference(side="output"),)
        assert references_of(parsed({**offloaded_call(), "schemaType": "KnowledgeBaseLog"})) == ()
        assert (
            references_of(parsed({"schemaType": "ModelInvocationLog", "input": "x", "output": {"outputBodyS3Path": 5}}))
            == ()
        )

    def test_a_path_that_masking_hid(self):
        """Where a rule hides a part of the path, the path of the raw line counts; without it nothing is asked for."""
        line = json.dumps(offloaded_call())
        record = parsed(json.loads(line.replace(ID, "7a1f0e52-****-0123456789ab")))

        assert references_of(record, line) == (reference(), reference(side="output"))
        for raw in ("", "no JSON", "[]", json.dumps({"schemaType": "other"})):
            assert [one.key_in(BUCKET, PREFIX) for one in references_of(record, raw)] == [None, None]


class TestGetting:
    def test_a_body(self):
        """A body is got by bucket and key, and inflated; one that was not gzipped is taken as it is."""
        world = World(zipped(BODY), json.dumps(BODY).encode())

        found = world.fetch() + world.fetch(reference(side="output"))

        assert found == [json.dumps(BODY).encode()] * 2
        assert world.client.asked[0] == {"Bucket": BUCKET, "Key": f"{FOLDER}{ID}_input.json.gz"}

    @pytest.mark.parametrize(
        ("answer", "expected"),
        [
            (refusal("NoSuchKey"), Absence.NOT_FOUND),
            (refusal("AccessDenied"), Absence.FORBIDDEN),
            (refusal("KMS.NotFoundException"), Absence.FORBIDDEN),
            (refusal("InvalidObjectState"), Absence.FORBIDDEN),
            (refusal("SlowDown"), Absence.UNAVAILABLE),
            (ReadTimeoutError(endpoint_url="x"), Absence.UNAVAILABLE),
            (zipped(BODY)[:-9], Absence.CORRUPT),
            (b"\x1f\x8b" + b"junk" * 30, Absence.CORRUPT),
        ],
        ids=["gone", "denied", "key", "archived", "throttled", "timeout", "cut", "junk"],
    )
    def test_what_may_go_wrong(self, answer, expected):
        """What cannot be had is said by a bounded word, and nothing is raised."""
        world = World(answer)

        assert world.fetch() == [expected]

    def test_bounds(self, monkeypatch):
        """A body is not read on beyond its bounds, compressed or inflated."""
        monkeypatch.setattr(offloaded_bodies, "COMPRESSED_LIMIT_BYTES", 1000)
        monkeypatch.setattr(offloaded_bodies, "BODY_LIMIT_BYTES", 10_000)
        bomb, long = gzip.compress(b"0" * 10_001), b"0" * 1001

        assert World(bomb).fetch() + World(long).fetch() == [Absence.TOO_LARGE] * 2
        assert World(gzip.compress(b"0" * 10_000)).fetch() == [b"0" * 10_000]

    def test_a_trickle(self, monkeypatch):
        """A body that comes too slowly is left, and counts as a failure of S3."""
        monkeypatch.setattr(offloaded_bodies, "CHUNK_BYTES", 10)
        world = World(zipped(BODY))
        read = world.clock.monotonic_s

        def slower():
            world.clock.at_s += BODY_S / 3
            return read()

        world.clock.monotonic_s = slower

        assert world.fetch(within_s=1000) == [Absence.UNAVAILABLE]

    def test_a_body_that_may_be_on_its_way(self):
        """A body that is absent minutes after its call may yet come."""
        world = World(refusal("NoSuchKey"))
        now_ms = world.clock.now_s() * 1000

        assert world.fetch(reference(at_ms=now_ms - FRESH_MS + 1000)) == [Absence.NOT_YET]
        assert world.fetch(reference(at_ms=now_ms - FRESH_MS - 1000)) == [Absence.NOT_FOUND]

    def test_rest(self):
        """When S3 keeps failing it is left alone for a while, and asked again afterwards."""
        world = World(refusal("SlowDown"))

        for _ in range(FAILURES_TO_REST + 2):
            assert world.fetch() == [Absence.UNAVAILABLE]
        assert len(world.client.asked) == FAILURES_TO_REST
        world.clock.at_s += REST_S
        world.fetch()
        assert len(world.client.asked) == FAILURES_TO_REST + 1

    def test_absent_bodies_are_no_failure_of_s3(self):
        """Objects that are not there make nothing rest."""
        world = World(refusal("NoSuchKey"))

        for _ in range(FAILURES_TO_REST + 2):
            world.fetch()

        assert len(world.client.asked) == FAILURES_TO_REST + 2

    def test_no_time(self):
        """Without time nothing is asked."""
        world = World(zipped(BODY))

        assert world.fetch(within_s=0.5) == [Absence.NO_TIME]
        assert world.client.asked == []

    def test_repeats(self, monkeypatch):
        """A body asked for again within a minute comes from memory, as long as there is room."""
        world = World(zipped(BODY))
        world.fetch()
        world.fetch()
        assert len(world.client.asked) == 1
        world.clock.at_s += KEPT_S
        world.fetch()
        assert len(world.client.asked) == 2
        monkeypatch.setattr(offloaded_bodies, "KEPT_BYTES", 10)
        small = World(zipped(BODY))
        small.fetch()
        small.fetch()
        assert len(small.client.asked) == 2

    def test_several_at_once(self):
        """Bodies of one event are got side by side, a bounded number at a time, and come in the order asked."""
        world = World(zipped(BODY))
        get, running, most, lock = world.client.get_object, [0], [0], threading.Lock()
        started = threading.Barrier(AT_ONCE, timeout=5)

        def slow(**arguments):
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            started.wait()
            with lock:
                running[0] -= 1
                return get(**arguments)

        world.client.get_object = slow
        ids = [ID[:-1] + str(number) for number in range(2 * AT_ONCE)]
        sides = [reference(f"s3://{BUCKET}/{FOLDER}{id_}_input.json.gz", request_id=id_) for id_ in ids]

        found = world.fetch(*sides)

        assert found == [json.dumps(BODY).encode()] * len(sides)
        assert most[0] == AT_ONCE

    def test_counting(self):
        """A body that a call is told without counts with its reason."""
        world = World(zipped(BODY))

        world.bodies.told_without(Absence.NOT_FOUND)

        assert world.counted == [("AbsentBodies", 1, {"why": "not_found"})]

    def test_settings(self):
        """Without a bucket nothing is followed."""
        settings = TraceLlmSettings(langfuse_secret_arn="arn")
        make = {"clock": FakeClock(), "count": print, "make_client": lambda: None}

        nothing, something = bodies_from(settings, **make), bodies_from(replace(settings, bodies_bucket="b"), **make)

        assert (type(nothing), type(something)) == (NoBodies, S3Bodies)
        assert nothing.fetch([reference()], 1.0) == [Absence.NOT_FOLLOWED]


class TestInPlace:
    def test_masked_first(self):
        """A body is masked before anything is read out of it, and its media are left out before that."""
        body = {
            "messages": [
                {
                    "role": "user",
                    "content": [{"text": f"I am {EMAIL}"}, {"image": {"format": "png", "source": {"bytes": PNG}}}],
                }
            ]
        }
        record = parsed(offloaded_call())
        seen = []

        def mask(text):
            seen.append(text)
            return masked(text)

        placed, absent = with_bodies(record, {reference(): zipped_open(body)}, mask)

        assert absent == {}
        asked = placed.document["input"]["inputBodyJson"]["messages"][0]["content"]
        assert EMAIL not in json.dumps(placed.document)
        assert asked[1] == {"image": {"format": "png", "source": {"bytes": "[image/png, 608 bytes, left out]"}}}
        assert PNG not in seen[0]

    @pytest.mark.parametrize(
        ("answer", "mask", "why"),
        [
            (Absence.NOT_FOUND, unmasked, "not_found"),
            (b"{half", unmasked, "corrupt"),
            (b"\xff\xfe", unmasked, "corrupt"),
            (b"null", unmasked, "corrupt"),
            (b"[" * 100_000, unmasked, "corrupt"),
            (b"{}", lambda text: None, "unmasked"),
            (b"{}", lambda text: "not JSON any more", "unmasked"),
            (json.dumps({"prompt": "word " * (TEXT_LIMIT_CHARS // 5)}).encode(), unmasked, "too_large"),
            (b"[" + b"{}," * NODES_LIMIT + b"{}]", unmasked, "too_large"),
            (b"[" + b"0," * (TEXT_LIMIT_CHARS + 1) + b"0]", unmasked, "too_large"),
        ],
        ids=["gone", "cut", "bytes", "null", "deep", "mask", "broken", "text", "objects", "numbers"],
    )
    def test_absent(self, answer, mask, why):
        """A body that cannot be put in place is named as absent in the record, and the rest of it stays."""
        record = parsed(offloaded_call())

        placed, absent = with_bodies(record, {reference(): answer}, mask)

        assert (placed.document["input"][ABSENT], list(absent.values())) == (why, [why])
        assert placed.document["output"] == record.document["output"]
        assert references_of(placed) == (reference(side="output"),)

    @pytest.mark.parametrize("name", STREAMS)
    def test_streams_in_s3(self, name):
        """The chunks of a stream in S3 are joined before they are masked: one text, whatever was cut where."""
        placed, _ = with_bodies(
            parsed(offloaded_call()), {reference(side="output"): json.dumps(STREAMS[name][0]).encode()}, masked
        )

        assert placed.document["output"]["outputBodyJson"]["role"] == "assistant"

    def test_a_secret_streamed_in_pieces(self):
        """What no chunk shows by itself is masked in the joined answer, in tool calls too."""
        start = {
            "type": "content_block_start",
            "index": 1,
            "content_block": {"type": "tool_use", "id": "t", "name": "mail"},
        }
        pieces = [EMAIL[at : at + 3] for at in range(0, len(EMAIL), 3)]
        chunks = [
            delta(0, type="text_delta", text="Ask "),
            *(delta(0, type="text_delta", text=piece) for piece in pieces),
            start,
            delta(1, type="input_json_delta", partial_json='{"to": "'),
            *(delta(1, type="input_json_delta", partial_json=piece) for piece in pieces),
            delta(1, type="input_json_delta", partial_json='"}'),
        ]
        raw = bedrock(
            "InvokeModelWithResponseStream", "anthropic.claude-haiku-4-5-20251001-v1:0", {}, {"outputBodyJson": chunks}
        )
        record = parsed(json.loads(masked(json.dumps(raw))))

        placed = with_joined_stream(record, masked)

        content = placed.document["output"]["outputBodyJson"]["content"]
        assert content[0]["text"].startswith("Ask ")
        assert content[1]["input"].keys() == {"to"}
        assert EMAIL not in json.dumps(content)
        assert "gildong" not in json.dumps(content)

    def test_a_stream_that_cannot_be_masked(self):
        """When masking fails on the joined answer a placeholder stands in its place; the counts stay."""
        record = parsed(bedrock("InvokeModelWithResponseStream", "m", {}, {"outputBodyJson": STREAMS["claude"][0]}))

        body = with_joined_stream(record, lambda text: None).document["output"]["outputBodyJson"]

        assert body["content"] == [{"type": "text", "text": "[logrouter: masking failed]"}]
        assert body["usage"]["output_tokens"] == 5

    def test_other_records_stay_as_they_are(self):
        """Nothing happens to what is no Bedrock record, or no stream."""
        for document in ({"type": "llm"}, offloaded_call(), {"schemaType": "ModelInvocationLog", "output": 5}):
            record = parsed(document)
            assert with_joined_stream(record, masked) == record


def zipped_open(body):
    return json.dumps(body).encode()
