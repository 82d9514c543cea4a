"""An alert of ours as it travels over SNS: one JSON form for everything that logrouter itself has to tell people.

    {"logrouter_alert": 1, "key": "budget/...", "title": "...", "text": "...", "severity": "warning", "firing": true,
     "occurred_ms": 1795140000000, "service": "chat", "environment": "production", "route": "finance",
     "fields": {"Spent": "$41.20"}, "links": {"Metric": "https://..."}}

`notify` reads it and words it for Slack; e-mail gets the text of `plain_text`. docs/alerts.md describes it for others.
"""

import json
import re
from collections.abc import Mapping
from typing import Final

from logrouter.model import Alert, Json, Severity

MARK: Final = "logrouter_alert"
"""Key that says what the document is; its value is the version of the form."""
VERSION: Final = 1
KEY_LIMIT: Final = 500
TITLE_LIMIT: Final = 200
TEXT_LIMIT: Final = 4_000
FIELDS_LIMIT: Final = 10
LABEL_LIMIT: Final = 100
VALUE_LIMIT: Final = 1_500
LINKS_LIMIT: Final = 5
LINK_LIMIT: Final = 2_000
LATEST_MS: Final = 253_402_300_800_000
"""The year 10000 in epoch milliseconds: a later time is no time."""
_SUBJECT_LIMIT: Final = 100
_NOT_SUBJECT: Final = re.compile(r"[^ -~]+")
_ROUTE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def encode_document(alert: Alert) -> str:
    """Return the document of an alert, at most about 40 KB; SNS takes 256 KB (SNS quotas, checked 2026-11-20)."""
    document = {
        MARK: VERSION,
        "key": alert.key[:KEY_LIMIT],
        "title": _line(alert.title),
        "text": _text(alert.text, TEXT_LIMIT),
        "severity": alert.severity.value,
        "firing": alert.firing,
        "occurred_ms": alert.occurred_ms,
        "service": _text(alert.service, LABEL_LIMIT),
        "environment": _text(alert.environment, LABEL_LIMIT),
        "route": alert.route,
        "fields": _bounded(alert.fields, FIELDS_LIMIT, VALUE_LIMIT),
        "links": _links(alert.links),
    }
    said = {name: value for name, value in document.items() if value not in (None, {})}
    return _sound(json.dumps(said, ensure_ascii=False, separators=(",", ":")))


def decode_document(document: Mapping[str, Json]) -> Alert | None:
    """Return the alert of a document; None for what is none, or lacks what every alert has.

    A later version of the form is read as far as it is understood. Nothing is believed: texts are cut, links are https
    or left out, what has no sense is left out. Masking is left to the caller.
    """
    if not isinstance(document.get(MARK), int) or isinstance(document[MARK], bool):
        return None
    key, title, occurred_ms = document.get("key"), document.get("title"), document.get("occurred_ms")
    if not (isinstance(key, str) and key and isinstance(title, str) and title.strip()):
        return None
    if not isinstance(occurred_ms, int) or isinstance(occurred_ms, bool) or not 0 <= occurred_ms < LATEST_MS:
        return None
    severity, route = document.get("severity"), document.get("route")
    known = {each.value for each in Severity}
    return Alert(
        key=key[:KEY_LIMIT],
        title=_line(title),
        text=_text(document.get("text"), TEXT_LIMIT) or "",
        severity=Severity(severity if severity in known else "error"),
        firing=document.get("firing") is not False,
        occurred_ms=occurred_ms,
        service=_text(document.get("service"), LABEL_LIMIT),
        environment=_text(document.get("environment"), LABEL_LIMIT),
        fields=_bounded(document.get("fields"), FIELDS_LIMIT, VALUE_LIMIT),
        links=_links(document.get("links")),
        route=route if isinstance(route, str) and _ROUTE.fullmatch(route) else None,
    )


def subject_of(alert: Alert) -> str:
    """Return the subject of an e-mail: ASCII, below 100 characters, beginning with a letter (SNS, Publish API)."""
    return _NOT_SUBJECT.sub(" ", f"{alert.severity.value.upper()}: {alert.title}")[: _SUBJECT_LIMIT - 1].strip()


def plain_text(alert: Alert) -> str:
    """Word an alert for people who read it as text, by e-mail."""
    fields = [f"{name}: {value}" for name, value in _bounded(alert.fields, FIELDS_LIMIT, VALUE_LIMIT).items()]
    links = [f"{name}: {url}" for name, url in _links(alert.links).items()]
    parts = [_line(alert.title), alert.text[:TEXT_LIMIT], "\n".join(fields), "\n".join(links)]
    return _sound("\n\n".join(part for part in parts if part.strip()))


def _bounded(values: Json, entries: int, limit: int) -> dict[str, str]:
    """Return short texts by name, in their order; what is no text is left out."""
    if not isinstance(values, Mapping):
        return {}
    texts = {str(name)[:LABEL_LIMIT]: value[:limit] for name, value in values.items() if isinstance(value, str)}
    return dict(list(texts.items())[:entries])


def _line(title: str) -> str:
    """Return a title as one line: names come out of logs, and must not look like another message."""
    return " ".join(title.split())[:TITLE_LIMIT].rstrip()


def _links(values: Json) -> dict[str, str]:
    """Return what is a link, by its label."""
    if not isinstance(values, Mapping):
        return {}
    links = {str(label)[:LABEL_LIMIT]: url for label, url in values.items() if _is_link(url)}
    return dict(list(links.items())[:LINKS_LIMIT])


def _text(value: Json, limit: int) -> str | None:
    return value[:limit] if isinstance(value, str) and value.strip() else None


def _is_link(url: Json) -> bool:
    return isinstance(url, str) and url.startswith("https://") and len(url) <= LINK_LIMIT


def _sound(text: str) -> str:
    """Return text without lone surrogates, which no request can carry."""
    return text.encode("utf-8", "replace").decode()
