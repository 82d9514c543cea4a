"""reconcile_llm: what trace_llm delivered is held against what Langfuse shows; the lost are found, and sent again alone."""

import json
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import boto3
import pytest
from botocore.client import BaseClient
from moto import mock_aws

from logrouter.adapters import aws, langfuse_reader
from logrouter.adapters.clock import SystemClock
from logrouter.errors import (
    ArchiveError,
    BookError,
    LangfuseReadError,
    SettingsError,
    UndeliveredError,
    UnsupportedEventError,
)
from logrouter_local.langfuse_receiver import LangfuseReceiver
from logrouter_local.receiving import Fault
from tests.functions.calling import import_bare
from tests.unit.test_langfuse_reading import span

GROUP, STREAM = "/aws/ecs/chat/llm", "app/chat/1"
OPTIONAL = ("RETRY_QUEUE_URL", "POLICY_BUCKET", "POLICY_FILE", "LANGFUSE_SECRET_ARN", "RECONCILE_RESEND")
TRIES = 6
CALL = BaseClient._make_api_call
"""With it the calls of trace_llm are not held against the role of reconcile_llm."""
KEY = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]


class Context:
    """What Lambda passes; with `asks` there is time for so many questions only."""

    def __init__(self, asks: int = 10_000) -> None:
        self.asks = asks

    def get_remaining_time_in_millis(self) -> int:
        self.asks -= 1
        return 600_000 if self.asks >= 0 else 0


class Account:
    """A log group, both tables, Langfuse, and the two functions, on a clock of their own."""

    def __init__(self, langfuse, trace, reconcile, monkeypatch) -> None:
        self.langfuse, self._trace, self._reconcile = langfuse, trace, reconcile
        self._monkeypatch = monkeypatch
        self.logs = boto3.client("logs", region_name="us-east-1")
        self.dynamodb = boto3.client("dynamodb", region_name="us-east-1")
        self.logs.create_log_group(logGroupName=GROUP)
        self.logs.create_log_stream(logGroupName=GROUP, logStreamName=STREAM)
        self.now = datetime.fromtimestamp(SystemClock().now_s(), UTC)
        self.day = (self.now - timedelta(days=1)).strftime("%Y-%m-%d")
        self._at_ms = int((self.now - timedelta(days=1)).replace(hour=10, minute=5).timestamp() * 1000)

    def log(self, count: int = 5, **fields) -> None:
        """Let an application log calls yesterday, and the subscription bring them; Lambda repeats what is left."""
        messages = [
            json.dumps(
                {
                    "type": "llm",
                    "requestId": f"req-{self._at_ms + number}",
                    "model": "gpt-4o",
                    "prompt": "Hi, " + "010-" + "1234-5678",
                    "response": "Hello",
                    "prompt_tokens": 1000,
                    "completion_tokens": 100,
                    "total_cost": 0.0035,
                    "latency_ms": 500,
                    **fields,
                }
            )
            for number in range(count)
        ]
        events = [{"timestamp": self._at_ms + number * 10, "message": text} for number, text in enumerate(messages)]
        self.logs.put_log_events(logGroupName=GROUP, logStreamName=STREAM, logEvents=events)
        stored = self.logs.filter_log_events(logGroupName=GROUP, startTime=self._at_ms)["events"]
        self._at_ms += 1_000_000
        document = {
            "messageType": "DATA_MESSAGE",
            "owner": "123456789012",
            "logGroup": GROUP,
            "logStream": STREAM,
            "logEvents": [{"id": e["eventId"], "timestamp": e["timestamp"], "message": e["message"]} for e in stored],
        }
        with self._monkeypatch.context() as patch:
            patch.setattr(BaseClient, "_make_api_call", CALL)
            assert any(self._is_taken(document) for _ in range(TRIES))

    def _is_taken(self, document: dict) -> bool:
        """Give a payload to a fresh container; False when it fails, so that Lambda repeats it."""
        self._trace._forwarder.cache_clear()
        try:
            return self._trace.handler(document, Context())["balanced"]
        except UndeliveredError:
            return False

    def later(self, minutes: float) -> None:
        """Let time go by for the reconciling function."""
        clock = SystemClock()
        clock.now_s = (self.now + timedelta(minutes=minutes)).timestamp
        self._monkeypatch.setattr(self._reconcile, "CLOCK", clock)

    def reconcile(self, event=None, context=None, **environment) -> dict:
        """Run the handler as a fresh container; return what it says of the one day that has calls."""
        for name, value in environment.items():
            self._monkeypatch.setenv(name, value)
        for cached in ("settings", "telemetry", "secret", "book", "reader", "resender"):
            getattr(self._reconcile, cached).cache_clear()
        (found,) = self._reconcile.handler(event or {}, context or Context())["days"]
        return found

    @property
    def ids(self) -> list[str]:
        return [each["spanId"] for each in self.langfuse.received()["spans"]]


@pytest.fixture
def account(monkeypatch, function) -> Iterator[Account]:
    for name in OPTIONAL:
        monkeypatch.delenv(name, raising=False)
    with mock_aws(), LangfuseReceiver() as langfuse:
        variables = {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "LANGFUSE_HOST": langfuse.url,
            "LANGFUSE_PUBLIC_KEY": "pk-local",
            "LANGFUSE_SECRET_KEY": "sk-local",
            "LEDGER_TABLE": "ledger",
            "LLM_BOOK_TABLE": "book",
            "RECONCILE_READS_A_MINUTE": "6000",
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        aws.forget_clients()
        dynamodb = boto3.client("dynamodb", region_name="us-east-1")
        for table, key in (("ledger", KEY[:1]), ("book", KEY)):
            dynamodb.create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": each["AttributeName"], "AttributeType": "S"} for each in key],
                KeySchema=key,
            )
        trace, reconcile = function("trace_llm"), function("reconcile_llm")
        if datetime.now(UTC).hour >= 21:  # what is tried lasts up to two hours, and ends on the day it began
            monkeypatch.setattr(SystemClock, "now_s", lambda _: time.time() - 3 * 3_600)
        made = Account(langfuse, trace, reconcile, monkeypatch)
        made.later(60)
        yield made
        trace._forwarder.cache_clear()
    aws.forget_clients()


def figures(found: dict) -> dict:
    """The figures that are not what they should be."""
    names = ("missing", "late", "doubled", "tokens_off", "unbooked")
    return {name: found[name] for name in names if found[name]}


class TestReport:
    def test_a_day_that_is_all_there(self, account):
        """Count, tokens and cost are those that were delivered, and nothing differs."""
        account.log(5)
        found = account.reconcile()

        assert (found["day"], found["project"], found["verdict"]) == (account.day, "default", "ok")
        assert (found["calls"], found["tokens"], found["cost"], found["cost_off"]) == (5, 5500, "0.0175", "0")
        assert figures(found) == {}

    def test_lost_calls_are_counted_and_named(self, account, capsys):
        """Each call without a row is missing, with its tokens and its cost; the log names it by id."""
        account.log(5)
        account.langfuse.lose(account.ids[:2])
        found = account.reconcile()
        out = capsys.readouterr().out

        assert (found["verdict"], figures(found)) == ("loss", {"missing": 2, "tokens_off": -2200})
        assert found["cost_off"] == "-0.007"
        assert '"LlmMissing":[2.0]' in out
        assert '"LlmCostDifference":[7000.0]' in out
        assert all(each in out for each in account.ids[:2])

    def test_doubled_calls_are_counted(self, account, capsys):
        """A row more than once is double counting: it costs twice until Langfuse merges it."""
        account.log(5)
        account.langfuse.double(account.ids[1:3])
        found = account.reconcile()

        assert (found["verdict"], figures(found)) == ("double", {"doubled": 2, "tokens_off": 2200})
        assert '"LlmDoubled":[2.0]' in capsys.readouterr().out

    def test_a_lost_answer_doubles_and_is_found(self, account):
        """An export that was stored and whose answer was lost is sent again: Langfuse counts it twice, and we say so."""
        account.langfuse.inject(Fault(0, after=True))
        account.log(4)
        found = account.reconcile()

        assert account.langfuse.received()["copies"] == 8
        assert (found["verdict"], found["doubled"], found["cost_off"]) == ("double", 4, "0.014")

    @pytest.mark.parametrize("seed", range(4))
    def test_what_faults_did_is_told_to_the_cent(self, account, seed):
        """Whatever went wrong on the way, each call is booked once, and its rows too many cost what they cost."""
        chance = random.Random(seed)
        faults = [Fault(429), Fault(500), Fault(503), Fault(0), Fault(500, after=True), Fault(0, after=True)]
        for _ in range(12):
            account.langfuse.inject(*chance.choices(faults, k=chance.randint(0, 3)))
            account.log(chance.randint(1, 5))
        received = account.langfuse.received()
        calls, extra = len(received["spans"]), received["copies"] - len(received["spans"])
        found = account.reconcile()

        assert (found["calls"], found["missing"], found["doubled"]) == (calls, 0, extra)
        assert (found["tokens_off"], Decimal(found["cost_off"])) == (1_100 * extra, Decimal("0.0035") * extra)
        assert found["verdict"] == ("double" if extra else "ok")

    def test_models_that_miss_most_have_a_metric(self, account, capsys):
        """The model of lost calls is a dimension; models that are well have none."""
        account.log(2)
        account.log(3, model="gpt-4o-mini")
        account.langfuse.lose(account.ids[-1:])
        account.reconcile()
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"LlmMissing":' in line]

        assert [line["LlmMissing"] for line in lines if line.get("model") == "gpt-4o-mini"] == [[1.0]]
        assert not [line for line in lines if line.get("model") == "gpt-4o"]

    def test_other_writers_do_not_matter(self, account):
        """Traces of applications in the same project change no figure."""
        account.log(5)
        at_ms = int(datetime.strptime(account.day, "%Y-%m-%d").replace(tzinfo=UTC).timestamp() * 1000) + 40_000_000
        for number in range(20):
            account.langfuse.add(span(number, at_ms=at_ms + number, environment="local"), "langfuse-sdk")
        found = account.reconcile()

        assert (found["verdict"], figures(found)) == ("ok", {})

    def test_what_may_only_be_late_is_no_loss(self, account):
        """Within the grace of its acknowledgement a call that is not seen is late; behind it, it is lost."""
        account.log(5)
        account.langfuse.lose(account.ids[:1])
        account.later(5)
        early = account.reconcile()
        account.later(20)
        due = account.reconcile()

        assert (early["verdict"], figures(early)["late"]) == ("late", 1)
        assert (due["verdict"], figures(due)["missing"]) == ("loss", 1)

    def test_large_days_are_read_by_sums_first(self, account):
        """Where the sums of an hour agree, its ids are not read; one question is asked of the day."""
        account.log(5)
        agreed = account.reconcile(RECONCILE_EXACT_UP_TO="0")
        asked = list(account.langfuse.asked)
        account.log(3)
        account.langfuse.lose(account.ids[:1])
        found = account.reconcile()

        assert (agreed["verdict"], agreed["calls"], len(asked)) == ("ok", 5, 1)
        assert (found["verdict"], found["calls"], figures(found)["missing"]) == ("loss", 8, 1)

    def test_a_settled_day_is_not_read_again(self, account):
        """A day that was well is looked at again only when more was delivered for it."""
        account.log(5)
        account.reconcile()
        account.langfuse.asked.clear()
        again = account.reconcile()
        quiet = list(account.langfuse.asked)
        account.log(1)
        more = account.reconcile()

        assert (again["verdict"], quiet) == ("ok", [])
        assert (more["calls"], more["verdict"]) == (6, "ok")

    def test_a_day_stays_open_until_it_is_well(self, account):
        """A loss is told with every run, also when its day is no longer among the last ones, for two weeks."""
        account.log(3)
        lost = account.ids[:1]
        account.langfuse.lose(lost)
        account.reconcile()
        account.later(60 + 5 * 1_440)
        days_later = account.reconcile()
        account.langfuse.double(lost)
        mended = account.reconcile()
        account._reconcile.settings.cache_clear()

        assert (days_later["day"], days_later["verdict"], mended["verdict"]) == (account.day, "loss", "ok")
        assert account._reconcile.handler({}, Context()) == {"days": []}

    def test_a_day_that_is_named_is_read_again(self, account):
        """Who asks for a day wants to know how it is now, not how it was."""
        account.log(3)
        account.reconcile()
        account.langfuse.lose(account.ids[:1])

        assert account.reconcile()["verdict"] == "ok"
        assert account.reconcile({"days": [account.day]})["verdict"] == "loss"

    def test_rows_that_the_book_knows_nothing_of(self, account):
        """Where the book failed, Langfuse shows more of ours than it has: said so, and no alarm."""
        account.log(5)
        at_ms = int(datetime.strptime(account.day, "%Y-%m-%d").replace(tzinfo=UTC).timestamp() * 1000) + 40_000_000
        account.langfuse.add(span(1, at_ms=at_ms, environment="local"), "logrouter")
        found = account.reconcile()

        assert (found["verdict"], figures(found)) == ("incomplete_book", {"unbooked": 1})

    def test_a_day_that_is_cut_off_goes_on(self, account, monkeypatch):
        """At the deadline what was found is kept; the next run goes on behind it and finds the same as a whole one."""
        monkeypatch.setattr("logrouter.jobs.reconcile_llm.WINDOW_CALLS", 1)
        for _ in range(10):
            account.log(3)
        account.langfuse.lose(account.ids[:1] + account.ids[-1:])
        runs = [account.reconcile(context=Context(asks=4)) for _ in range(2)]

        assert [run["verdict"] for run in runs] == ["unfinished", "loss"]
        assert (runs[-1]["calls"], runs[-1]["tokens"], figures(runs[-1])["missing"]) == (30, 33_000, 2)

    def test_a_day_without_time_is_not_told_as_it_was(self, account):
        """What was found the last time is not told again as if it were found now."""
        account.log(3)
        account.langfuse.lose(account.ids[:1])
        before = account.reconcile()
        cut = account.reconcile(context=Context(asks=2))

        assert (before["verdict"], cut["verdict"], cut["missing"]) == ("loss", "unfinished", 0)

    def test_an_empty_book_asks_nothing(self, account):
        """Days without deliveries have nothing to compare."""
        account._reconcile.settings.cache_clear()

        assert account._reconcile.handler({}, Context()) == {"days": []}
        assert account.langfuse.asked == []

    def test_a_stack_without_langfuse_needs_no_secret(self, account, monkeypatch):
        """Where nothing was ever delivered, a secret that nobody filled fails no run."""
        for name in ("LANGFUSE_HOST", "LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY"):
            monkeypatch.delenv(name)
        monkeypatch.setenv("LANGFUSE_SECRET_ARN", "arn:aws:secretsmanager:us-east-1:123456789012:secret:empty")
        for cached in ("settings", "secret", "book"):
            getattr(account._reconcile, cached).cache_clear()

        assert account._reconcile.handler({}, Context()) == {"days": []}

    def test_days_behind_the_deadline_wait(self, account, capsys):
        """When time is over the days that are left are not begun; the next run begins with them."""
        account.log(1)
        account._reconcile.settings.cache_clear()

        assert account._reconcile.handler({}, Context(asks=0)) == {"days": []}
        assert "the next run goes on" in capsys.readouterr().out

    def test_projects_are_read_with_their_own_keys(self, account, monkeypatch, tmp_path):
        """A route without keys of its own goes to the default project, and is reconciled there."""
        policy = tmp_path / "policy.json"
        routes = {"langfuse": [{"id": "chat", "route": "chat", "services": ["chat"]}]}
        policy.write_text(json.dumps({"version": "1", "routes": routes}))
        monkeypatch.setenv("POLICY_FILE", str(policy))
        account.log(2)
        found = account.reconcile()

        assert (found["project"], found["calls"], found["verdict"]) == ("default", 2, "ok")


class TestResend:
    def test_only_the_lost_are_sent_again(self, account):
        """From their log events, under the same ids; what exists is not touched, and the next run finds all there."""
        account.log(5)
        lost = account.ids[1:3]
        account.langfuse.lose(lost)
        sent = len(account.langfuse.bodies)
        found = account.reconcile(RECONCILE_RESEND="resend")
        bodies = account.langfuse.bodies[sent:]
        spans = [each for body in bodies for each in json.loads(body)["resourceSpans"][0]["scopeSpans"][0]["spans"]]
        account.later(120)
        again = account.reconcile()

        assert (found["verdict"], found["resent"], found["unfindable"]) == ("loss", 2, 0)
        assert sorted(each["spanId"] for each in spans) == sorted(lost)
        assert (again["verdict"], figures(again), again["calls"]) == ("ok", {}, 5)

    def test_a_resend_is_masked_as_the_first_time(self, account):
        """What is read again is masked again, byte for byte the same."""
        account.log(1)
        account.langfuse.lose(account.ids)
        account.reconcile(RECONCILE_RESEND="resend")

        first, second = account.langfuse.bodies
        assert first == second
        assert b"1234-5678" not in second

    def test_without_leave_nothing_is_sent(self, account):
        """By default the lost are told, and left."""
        account.log(3)
        account.langfuse.lose(account.ids[:1])
        sent = len(account.langfuse.bodies)
        found = account.reconcile()

        assert (found["verdict"], "resent" in found) == ("loss", False)
        assert len(account.langfuse.bodies) == sent

    def test_by_hand_for_one_day(self, account):
        """An operator names the day, and gives leave for it."""
        account.log(3)
        account.langfuse.lose(account.ids[:1])
        found = account.reconcile({"days": [account.day], "resend": True})

        assert (found["resent"], account.langfuse.received()["copies"]) == (1, 3)

    def test_the_doubled_are_never_sent_again(self, account):
        """A day that is doubled and lacks nothing sends nothing."""
        account.log(3)
        account.langfuse.double(account.ids[:1])
        found = account.reconcile(RECONCILE_RESEND="resend")

        assert found["verdict"] == "double"
        assert "resent" not in found

    def test_what_no_log_group_keeps_any_more_is_named(self, account, capsys):
        """When the log events are gone the calls are counted as unfindable, by id."""
        account.log(3)
        lost = account.ids[:1]
        account.langfuse.lose(lost)
        account.logs.delete_log_group(logGroupName=GROUP)
        found = account.reconcile(RECONCILE_RESEND="resend")

        assert (found["resent"], found["unfindable"], found["unfindable_ids"]) == (0, 1, lost)
        assert '"LlmUnfindable":[1.0]' in capsys.readouterr().out

    def test_what_cannot_be_read_this_time_is_not_given_up(self, account, monkeypatch):
        """A log group that may not be read just now is left to the next run, and not called unfindable."""
        account.log(3)
        account.langfuse.lose(account.ids[:1])

        def refuse(*_arguments, **_more):
            raise ArchiveError("FilterLogEvents refused with AccessDeniedException")

        with monkeypatch.context() as patch:
            patch.setattr("logrouter.adapters.log_reader.LogReader.read", refuse)
            found = account.reconcile(RECONCILE_RESEND="resend")
        again = account.reconcile()

        assert (found["resent"], found["unfindable"]) == (0, 0)
        assert again["resent"] == 1

    def test_another_region_is_not_searched(self, account, monkeypatch):
        """Log events of another Region are beyond this function: said so, and no group of the same name is read."""
        account.log(1)
        account.langfuse.lose(account.ids)
        asked = []
        call = BaseClient._make_api_call
        monkeypatch.setattr(
            BaseClient, "_make_api_call", lambda self, name, args: (asked.append(name), call(self, name, args))[1]
        )
        found = account.reconcile(RECONCILE_RESEND="resend", AWS_REGION="eu-west-1")

        assert (found["resent"], found["unfindable"], "FilterLogEvents" in asked) == (0, 1, False)

    def test_what_appeared_meanwhile_is_not_sent(self, account, monkeypatch):
        """Each call is asked for by its id once more before it is sent: one that is there by now is left alone."""
        account.log(3)
        lost = account.ids[:2]
        account.langfuse.lose(lost)
        read = account._reconcile.job.finish

        def appear(checked):
            read(checked)
            account.langfuse.double(lost[:1])

        monkeypatch.setattr(account._reconcile.job, "finish", appear)
        found = account.reconcile(RECONCILE_RESEND="resend")

        assert found["resent"] == 1
        assert account.langfuse.received()["copies"] == 3

    def test_a_langfuse_that_is_down_leaves_them_lost(self, account):
        """Without a retry queue nothing is handed over: the calls stay lost, and the next run tries again."""
        account.log(3)
        account.langfuse.lose(account.ids[:1])
        account.langfuse.inject(Fault(503))
        found = account.reconcile(RECONCILE_RESEND="resend")
        again = account.reconcile()

        assert (found["resent"], again["resent"]) == (0, 1)


class TestFailures:
    def test_a_langfuse_without_the_questions_fails_the_run(self, account, capsys):
        """A server that writes in its legacy mode cannot be reconciled: said, counted, and an error of the function."""
        account.log(1)
        account.langfuse.has_v2 = False

        with pytest.raises(LangfuseReadError, match="http_404"):
            account.reconcile()
        assert '"verdict":"unread"' in capsys.readouterr().out

    def test_an_unread_day_is_no_loss(self, account):
        """Langfuse down is an error, not a loss; when it is back the day is read."""
        account.log(1)
        account.langfuse.inject(*[Fault(400, reading=True)] * 2)
        with pytest.raises(LangfuseReadError):
            account.reconcile()

        assert account.reconcile()["verdict"] == "ok"

    def test_what_was_read_before_a_failure_is_kept(self, account, monkeypatch):
        """When Langfuse fails in the middle of a day, the next run goes on behind what was read."""
        monkeypatch.setattr("logrouter.jobs.reconcile_llm.WINDOW_CALLS", 1)
        for _ in range(10):
            account.log(3)
        real, asked = langfuse_reader.LangfuseReader.rows, []

        def failing(reader, since_ms, until_ms, deadline):
            asked.append(since_ms)
            if len(asked) == 2:
                raise LangfuseReadError("langfuse observations: http_500, 5 times")
            return real(reader, since_ms, until_ms, deadline)

        monkeypatch.setattr("logrouter.adapters.langfuse_reader.LangfuseReader.rows", failing)
        with pytest.raises(LangfuseReadError):
            account.reconcile()
        found = account.reconcile()

        assert (found["verdict"], found["calls"], found["tokens"]) == ("ok", 30, 33_000)
        assert asked[1] == asked[2]

    def test_a_book_that_cannot_be_read_is_no_empty_book(self, account):
        """Without the table the function fails, and does not call the day well."""
        account.log(1)
        account.dynamodb.delete_table(TableName="book")

        with pytest.raises(BookError, match="ResourceNotFoundException"):
            account.reconcile()

    def test_deliveries_go_on_without_the_book(self, account, capsys):
        """The table is a guard: its loss is counted, and the calls are delivered."""
        account.dynamodb.delete_table(TableName="book")
        account.log(2)

        assert account.langfuse.received()["copies"] == 2
        assert '"BookFailures":[2.0]' in capsys.readouterr().out

    @pytest.mark.parametrize("event", [{"days": "2026-11-20"}, {"days": ["yesterday"]}, {"days": [7]}, {"days": 7}])
    def test_days_that_are_none(self, account, event):
        """An event that names no days is refused with what is expected."""
        with pytest.raises(UnsupportedEventError, match="2026-11-20"):
            account.reconcile(event)

    def test_missing_settings(self, account, monkeypatch):
        """Every missing variable stands in one error, names only."""
        for name in ("LLM_BOOK_TABLE", "LANGFUSE_HOST"):
            monkeypatch.delenv(name)

        with pytest.raises(SettingsError, match=r"LLM_BOOK_TABLE is missing; .*LANGFUSE_HOST"):
            account.reconcile(RECONCILE_RESEND="perhaps")

    def test_imports_with_an_empty_environment(self):
        """Importing the handler does nothing and needs nothing."""
        import_bare("reconcile_llm")

    def test_asks_aws_for_little(self, account, monkeypatch):
        """A day that is well takes one query a shard, one look and one note; no log group is read."""
        account.log(5)
        asked = []
        call = BaseClient._make_api_call
        monkeypatch.setattr(
            BaseClient, "_make_api_call", lambda self, name, args: (asked.append(name), call(self, name, args))[1]
        )
        account.reconcile({"days": [account.day]})

        assert {name: asked.count(name) for name in asked} == {"Query": 16, "GetItem": 1, "PutItem": 1}
