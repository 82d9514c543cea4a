"""`logrouter reconcile`: the function runs here, with what the stack or the environment says."""

import json

import boto3
import pytest
from moto import mock_aws

from logrouter.adapters import aws
from logrouter_cli import checkout, reconcile
from logrouter_cli.main import main

KEYS = {"LANGFUSE_HOST": "http://127.0.0.1:1", "LANGFUSE_PUBLIC_KEY": "pk-local", "LANGFUSE_SECRET_KEY": "sk-local"}


@pytest.fixture
def environment(monkeypatch):
    """An environment that says nothing, put back afterwards whatever the command sets."""
    for name in ("LLM_BOOK_TABLE", "LANGFUSE_SECRET_ARN", "RECONCILE_RESEND", "AWS_PROFILE", *KEYS):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    with mock_aws():
        aws.forget_clients()
        yield monkeypatch
    aws.forget_clients()


@pytest.fixture
def asked(environment):
    """The events that a stand-in for the function got; it answers with the verdict `ok`, or what a test says."""
    events = []

    def load(name, *, otherwise):
        def handler(event, context):
            print("the function's own log")
            events.append(event)
            verdict = "loss" if "2026-11-19" in event.get("days", ()) else "ok"
            return {"days": [{"day": day, "verdict": verdict} for day in event.get("days", ["2026-11-20"])]}

        return handler

    environment.setattr(reconcile, "load_handler", load)
    for name, value in {**KEYS, "LLM_BOOK_TABLE": "book"}.items():
        environment.setenv(name, value)
    return events


def test_help_names_what_it_needs(capsys):
    """The help says where the settings come from and shows how it is called."""
    with pytest.raises(SystemExit) as end:
        main(["reconcile", "--help"])

    out = capsys.readouterr().out
    assert end.value.code == 0
    assert all(word in out for word in ("LLM_BOOK_TABLE", "--stack", "--resend", "docs/llm-reconcile.md"))


def test_the_last_days_without_an_option(asked, capsys):
    """No day leaves the choice to the function; its own log goes to stderr, the answer to stdout."""
    code = main(["reconcile"])
    printed = capsys.readouterr()

    assert (code, asked) == (0, [{"resend": False}])
    assert json.loads(printed.out) == {"days": [{"day": "2026-11-20", "verdict": "ok"}]}
    assert "own log" in printed.err


def test_days_and_leave_to_send_again(asked):
    """Each day is passed on, and so is the leave; a loss is exit code 1."""
    code = main(["reconcile", "--day", "2026-11-20", "--day", "2026-11-19", "--resend"])

    assert (code, asked) == (1, [{"resend": True, "days": ["2026-11-20", "2026-11-19"]}])


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "20.11.2026"])
def test_a_day_that_is_none(day, capsys):
    """Wrong use is exit code 2, and says how a day is written."""
    with pytest.raises(SystemExit) as end:
        main(["reconcile", "--day", day])

    assert end.value.code == 2
    assert "2026-11-20" in capsys.readouterr().err


def test_missing_settings_are_named_at_once(environment, capsys):
    """Without a stack and without variables every missing one is named, and nothing runs."""
    code = main(["reconcile"])
    err = capsys.readouterr().err

    assert code == 2
    assert all(name in err for name in ("LLM_BOOK_TABLE", *KEYS))


def test_a_stack_brings_what_is_missing(asked, monkeypatch):
    """The deployed function's variables are taken where the environment says nothing of its own."""
    monkeypatch.delenv("LLM_BOOK_TABLE")
    monkeypatch.setattr(
        reconcile,
        "_variables_of",
        lambda _aws, _stack: {"LLM_BOOK_TABLE": "deployed", "LANGFUSE_HOST": "https://other"},
    )
    main(["reconcile", "--stack", "logrouter"])

    assert reconcile.os.environ["LLM_BOOK_TABLE"] == "deployed"
    assert reconcile.os.environ["LANGFUSE_HOST"] == KEYS["LANGFUSE_HOST"]
    monkeypatch.delenv("LLM_BOOK_TABLE")


def test_a_stack_that_is_none_of_ours(environment, capsys):
    """A stack without the output, or no stack at all, is one clear line."""
    boto3.client("cloudformation", region_name="us-east-1").create_stack(
        StackName="other",
        TemplateBody=json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}),
    )

    assert main(["reconcile", "--stack", "other"]) == 2
    assert "no output ReconcileLlmArn" in capsys.readouterr().err
    assert main(["reconcile", "--stack", "absent"]) == 2


def test_the_real_function_runs_here(environment, capsys):
    """From a checkout the command runs the function itself: an empty book is nothing to hold against Langfuse."""
    for name, value in {**KEYS, "LLM_BOOK_TABLE": "book"}.items():
        environment.setenv(name, value)
    boto3.client("dynamodb", region_name="us-east-1").create_table(
        TableName="book",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )

    assert main(["reconcile", "--day", "2026-11-20"]) == 0
    assert json.loads(capsys.readouterr().out) == {"days": []}


def test_without_a_checkout_it_says_so(environment, capsys, tmp_path):
    """Installed without the functions, the command tells what to do in its place."""
    for name, value in {**KEYS, "LLM_BOOK_TABLE": "book"}.items():
        environment.setenv(name, value)
    environment.setattr(checkout, "CHECKOUT", tmp_path)

    assert main(["reconcile"]) == 2
    assert "invoke the deployed function" in capsys.readouterr().err
