"""`logrouter calls`: show the LLM calls that log lines tell of, as Langfuse would be told, and why others are none.

The real way of a record: a line is masked, parsed and recognised as in `trace_llm`. Made for trying a mapping of the
policy on a line of one's own; nothing is sent.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from logrouter.masking import Masker
from logrouter.model import Json, LlmCall, LogEvent, Origin, RawText
from logrouter.policy.load import Policy
from logrouter.policy.log_groups import service_of
from logrouter.stages.llm.offloaded import with_joined_stream
from logrouter.stages.mask import mask_closed, mask_event
from logrouter.stages.parse import parse
from logrouter.stages.price import fill_cost
from logrouter.stages.recognise import recognise
from logrouter.stages.select import refuse_llm
from logrouter_cli.aws import add_aws_options, aws_of
from logrouter_cli.command import Command
from logrouter_cli.policy.in_force import add_policy_options, policy_of
from logrouter_cli.reading.documents import add_group_option
from logrouter_cli.reading.files import read_lines

HIDDEN: Final = frozenset({"record", "position", "is_app_root"})


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("file", nargs="?", default="-", metavar="FILE", help="log lines (default: stdin)")
    add_group_option(parser, "log group that the lines are written to")
    parser.add_argument("--json", action="store_true", help="write each call as one line of JSON and nothing else")
    add_policy_options(parser)
    add_aws_options(parser)


def run(options: argparse.Namespace) -> int:
    """Write the calls; 1 when a line calls itself one and is none."""
    policy, masker = policy_of(options, aws_of(options))
    fates: Counter[str] = Counter()
    now_ms = time.time_ns() // 1_000_000
    for number, line in enumerate(read_lines(options.file), 1):
        if not line.strip():
            continue
        calls, fate = told(line, options.of_group or "", policy, masker, now_ms)
        fates[fate] += 1
        if options.json:
            for call in calls:
                print(json.dumps(shown(call), ensure_ascii=False))
            continue
        print(f"{options.file}:{number}: {fate}")
        for call in calls:
            print(json.dumps(shown(call), ensure_ascii=False, indent=2))
    print(", ".join(f"{count} {fate}" for fate, count in sorted(fates.items())) or "no lines", file=sys.stderr)
    return 1 if any(fate.startswith("invalid") for fate in fates) else 0


def told(line: str, log_group: str, policy: Policy, masker: Masker, at_ms: int) -> tuple[list[LlmCall], str]:
    """Return the calls of one line with their cost, and a word for what becomes of the line.

    `at_ms`, the time of the log event, holds where the line states none; ids do not hang on it.
    """
    rules = policy.section("llm")
    event = LogEvent("1", at_ms, RawText(line))
    masked = mask_event(event, Origin("", "", log_group, ""), masker.mask_text)[0]

    def mask_again(answer: str) -> str:
        return mask_closed(RawText(answer), service_of(log_group), log_group, masker.mask_text)[0]

    found = recognise(with_joined_stream(parse(masked), mask_again), rules, mask_again)
    calls = [fill_cost(call, rules) for call in found.calls]
    noticed = ", ".join(dict.fromkeys(each.value for each in found.noticed))
    if not calls:
        refusal = found.refusal.value if found.refusal else "not_an_llm_call"
        return [], f"{refusal} ({noticed})" if noticed else refusal
    shapes = ", ".join(dict.fromkeys(str(call.metadata["shape"]) for call in calls))
    says = f"{len(calls)} call{'s' if len(calls) > 1 else ''}, shape {shapes}"
    if refuse_llm(event, None) is not None:
        says += "; only read in log groups of kind llm, because nothing in it names a model or tokens"
    return calls, f"{says} ({noticed})" if noticed else says


def shown(call: LlmCall) -> dict[str, Json]:
    """Return a call as JSON, without what it does not say."""
    facts = {name: value for name, value in _plain(call) if name not in HIDDEN}
    return {name: value for name, value in facts.items() if value not in (None, (), {}, "", False)}


def _plain(call: LlmCall) -> Iterator[tuple[str, Json]]:
    for name in call.__dataclass_fields__:
        if name not in HIDDEN:
            value = getattr(call, name)
            yield name, dict(value) if isinstance(value, Mapping) else value


COMMAND = Command(
    name="calls",
    summary="show the LLM calls that log lines tell of, and why others are none",
    describe=(
        "Show the LLM calls that log lines tell of, masked, with usage and cost, and why other lines are none.\n"
        "Nothing is sent.\n\n"
        "  logrouter calls chat.log\n"
        '  echo \'{"kind": "acme.completion", "ai": {"engine": "m"}}\' | logrouter calls --policy policy.json\n\n'
        "Exit code 1: a line calls itself a call and names neither model nor tokens, or states what cannot be."
    ),
    arguments=arguments,
    run=run,
)
