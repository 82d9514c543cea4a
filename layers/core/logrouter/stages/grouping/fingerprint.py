"""Decides how an issue groups: by a rule of the policy, by Sentry's own grouping of frames, or by what it says."""

import re
from collections.abc import Mapping

from logrouter.model import ErrorInfo, Json, Record
from logrouter.model.frames import DEPTH_LIMIT, own_frames, type_of
from logrouter.policy.log_groups import ENVIRONMENTS
from logrouter.stages.grouping.error_codes import code_among, code_in
from logrouter.stages.grouping.issue_key import DEFAULT_GROUPING, recursion_of
from logrouter.stages.grouping.templating import grouping_of, template_of
from logrouter.stages.matching import fact_of, first_match
from logrouter.stages.merging.joined_record import ANSWERED

SERVER_ERROR = 500

TEMPLATE_FIELDS = ("message_template", "messageTemplate", "MessageTemplate", "@mt", "{OriginalFormat}", "log.template")
"""Attributes in which loggers keep the text as the programmer wrote it, before values were put into it."""

VAGUE_TYPES = frozenset(
    {"panic", "fatal error", "PHP Fatal error", "PHP Parse error", "PHP Warning", "OutOfMemoryError", "SystemExit"}
)
"""Types of exceptions that say nothing of what happened; their messages do, and belong to the grouping."""

_NAME_PARTS = re.compile(r"([-_/.])")
_FINGERPRINT_PARTS_LIMIT = 10
_PART_LIMIT_CHARS = 500


def fingerprint_of(record: Record, rules: Mapping[str, Json], facts: Mapping[str, Json]) -> tuple[str, ...]:
    """Group: by the policy's rule, endless recursion, own frames, exception, HTTP route and status, or template.

    Args:
        record: what is grouped.
        rules: policy section `errors`.
        facts: of the record, as `classify` has them, with `template`, `error.template` and `transaction`.
    """
    rule = first_match(rules.get("fingerprints"), facts)
    if rule and isinstance(parts := rule.get("fingerprint"), list):
        filled = (_filled(str(part), facts) for part in parts[:_FINGERPRINT_PARTS_LIMIT])
        if told := tuple(part for part in filled if part.strip()):
            return told
    return tuple(part[:_PART_LIMIT_CHARS] for part in _built_in(record, facts))


def _built_in(record: Record, facts: Mapping[str, Json]) -> tuple[str, ...]:
    error = record.error
    where = part_of(record)
    if error and (round_ := recursion_of(error)):
        return (where, str(error.type), *round_)
    if error and _has_own_frames(error):
        is_vague = type_of(error)[1] in VAGUE_TYPES
        return (DEFAULT_GROUPING, where, *(_told(error) if is_vague else _code(record)))
    if error and error.type:
        return (where, error.type, grouping_of(template_of(error.message or record.message)[0]))
    if record.status and record.status >= SERVER_ERROR and record.path and ANSWERED not in record.attributes:
        return (where, "http", str(facts["transaction"]), str(record.status))
    stated = next((text for name in TEMPLATE_FIELDS if isinstance(text := record.attributes.get(name), str)), None)
    return (where, *_code(record), *_told(error), grouping_of(stated or str(facts["template"])))


def part_of(record: Record) -> str:
    """Return which part of the system it is for grouping: the service, without the environment it runs in.

    One piece of code that fails in two services is two issues for two teams; `orders-dev` and `orders-prod` are one.
    """
    name = record.service or record.origin.log_group
    words = _NAME_PARTS.split(name)
    kept = [word for word in words if word.lower() not in ENVIRONMENTS]
    return name if len(kept) == len(words) else "".join(kept).strip("-_/.") or name


def _code(record: Record) -> tuple[str, ...]:
    """Return the code that the error states, in its message or in a field; nothing where it states none."""
    error = record.error
    code = (error and error.message and code_in(error.message)) or code_among(record.attributes)
    return (code,) if code else ()


def _told(error: ErrorInfo | None) -> tuple[str, ...]:
    """Return what an error without a type says, as a field of its own beside the message."""
    return (grouping_of(template_of(error.message)[0]),) if error and error.message else ()


def _has_own_frames(error: ErrorInfo) -> bool:
    """Tell whether the exception, its causes or its members went through the team's own code."""
    waiting, seen = [error], 0
    while waiting and seen < DEPTH_LIMIT:
        current, seen = waiting.pop(), seen + 1
        if any(own_frames(current.frames, current.language)):
            return True
        waiting += current.members
        if current.cause is not None:
            waiting.append(current.cause)
    return False


def _filled(part: str, facts: Mapping[str, Json]) -> str:
    """Fill `{{ name }}` from the facts; an absent fact leaves nothing, Sentry's own `{{ default }}` stays as it is.

    Sentry takes any other name in braces for a variable that it does not know, and all such issues for one.
    """
    pieces = part.split("{{")
    filled = [pieces[0]]
    for piece in pieces[1:]:
        name, closed, rest = piece.partition("}}")
        if not closed:
            filled.append("{{" + piece)
        elif name.strip() == "default":
            filled.append(DEFAULT_GROUPING + rest)
        else:
            filled.append(fact_of(name.strip(), facts)[:_PART_LIMIT_CHARS] + rest)
    return "".join(filled)
