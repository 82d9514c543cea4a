"""Alerts to Slack: a coloured message in Block Kit for an incoming webhook, and what Slack's answers mean.

Limits are those of Slack's Block Kit reference (section 3,000 characters, field 2,000, 10 fields a section); texts are
plain, or escaped and `verbatim`, so that nothing from a log can mention or link.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from logrouter.destinations.contract import Answer, Request, Target, interpret_status, shown_route
from logrouter.errors import SecretError
from logrouter.model import Alert, Delivery, Fate, Json, Severity, Verdict

NAME: Final = "slack"
COLOURS: Final = {
    Severity.INFO: "#2563eb",
    Severity.WARNING: "#d97706",
    Severity.ERROR: "#dc2626",
    Severity.CRITICAL: "#7f1d1d",
}
RESOLVED_COLOUR: Final = "#16a34a"
SIGNS: Final = {Severity.INFO: "ℹ️", Severity.WARNING: "⚠️", Severity.ERROR: "🔴", Severity.CRITICAL: "🚨"}
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_WEBHOOK: Final = re.compile(r"(?:https://[^\s/]+|http://(?:127\.0\.0\.1|localhost):\d+)/[!-~]*", re.ASCII)


def encode_alert(alert: Alert, route: str) -> Delivery:
    """Word an alert as one message.

    Args:
        alert: masked.
        route: channel, by its name in the secret.
    """
    word = alert.severity.value.upper() if alert.firing else "RESOLVED"
    sign = SIGNS[alert.severity] if alert.firing else "✅"
    headline = f"{sign} {word}: {alert.title}"
    attachment = {
        "color": COLOURS[alert.severity] if alert.firing else RESOLVED_COLOUR,
        "fallback": escape(headline, 300),
        "blocks": _blocks(alert),
    }
    message = {"text": escape(headline, 300), "mrkdwn": False, "attachments": [attachment]}
    body = json.dumps(message, ensure_ascii=False)
    identity = f"{NAME}/{route}/{alert.key}/{alert.firing}/{alert.occurred_ms}"
    key = hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:32]
    return Delivery(NAME, route, (key,), (1,), body.encode("utf-8", "replace"))


def escape(text: str, limit: int) -> str:
    """Return text that Slack shows as it is: `&`, `<`, `>` escaped, control and direction characters gone, cut.

    Source: Slack, "Formatting text for app surfaces", escaping text (checked 2026-11-20).
    """
    clean = _CONTROL.sub("", text)
    escaped = clean.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if len(escaped) <= limit:
        return escaped
    return re.sub(r"&[a-z]{0,3}$", "", escaped[: limit - 1]) + "…"


class SlackDestination:
    """Incoming webhooks; fits `logrouter.destinations.contract.Destination`."""

    name = NAME

    def targets(self, secret: Mapping[str, object]) -> Mapping[str, Target]:
        """Read `{"webhook_url": "...", "routes": {"oncall": "..."}}`."""
        routes = secret.get("routes") or {}
        if not isinstance(routes, Mapping):
            raise SecretError("the Slack secret's routes must be an object of name to webhook")
        return {name: _target(name, url) for name, url in {"default": secret.get("webhook_url"), **routes}.items()}

    def request(self, delivery: Delivery, target: Target, now_s: float) -> Request:  # noqa: ARG002 - says no time
        """Build the POST."""
        headers = {"Content-Type": "application/json; charset=utf-8", **target.headers}
        return Request(target.url, headers, delivery.body)

    def interpret(self, answer: Answer) -> Verdict:
        """Read an answer: 404 and 410 mean that the webhook was revoked, so the secret has to be renewed."""
        if answer.status in {404, 410}:
            return Verdict(Fate.UNAUTHORIZED, f"http_{answer.status}")
        return interpret_status(answer)

    def split(self, delivery: Delivery) -> tuple[Delivery, ...]:  # noqa: ARG002 - one message is one record
        """Messages cannot be cut."""
        return ()


SLACK: Final = SlackDestination()


def _target(name: str, url: object) -> Target:
    if not isinstance(url, str) or not _WEBHOOK.fullmatch(url):
        raise SecretError(f"the Slack secret has no https webhook for route {shown_route(name)}")
    return Target(url, {})


def _blocks(alert: Alert) -> list[Json]:
    """Return what stands below the headline; Slack shows the message's `text` above its attachments."""
    blocks: list[Json] = []
    if alert.text.strip():
        blocks.append({"type": "section", "text": {"type": "plain_text", "text": _plain(alert.text, 2900)}})
    fields = [
        {"type": "mrkdwn", "text": f"*{escape(name, 100)}*\n{escape(value, 1500) or '–'}", "verbatim": True}
        for name, value in list(alert.fields.items())[:10]
    ]
    if fields:
        blocks.append({"type": "section", "fields": fields})
    blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": _footer(alert)}]})
    return blocks


def _plain(text: str, limit: int) -> str:
    """Return text for a `plain_text` object, which Slack neither formats nor links."""
    return _CONTROL.sub("", text)[:limit] or "–"


def _footer(alert: Alert) -> str:
    moment = datetime.fromtimestamp(alert.occurred_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    links = [f"<{url}|{escape(label, 60)}>" for label, url in alert.links.items() if _is_link(url)]
    return " · ".join([moment, *([escape(alert.environment, 64)] if alert.environment else []), *links])[:2900]


def _is_link(url: str) -> bool:
    return url.startswith("https://") and not re.search(r"[\s<>|]", url)
