"""Pages of the local receivers: plain HTML, everything escaped, light and dark, nothing loaded from elsewhere."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

_STYLE = """
:root{color-scheme:light dark;--line:#d9dce3;--soft:#f5f6f9;
--text:#1c2330;--dim:#5c6675;--bad:#c62828;--good:#1b7f4b;--paper:#fff}
@media (prefers-color-scheme:dark){
:root{--line:#333a47;--soft:#1d222b;--text:#e6e9ef;--dim:#9aa4b4;
--bad:#ff7b72;--good:#56d395;--paper:#14181f}}
*{box-sizing:border-box}
body{margin:0;padding:24px;background:var(--paper);color:var(--text);
font:14px/1.5 system-ui,-apple-system,"Segoe UI","Apple SD Gothic Neo","Noto Sans KR",sans-serif}
h1{font-size:20px;margin:0 0 4px}p{margin:0 0 16px;color:var(--dim)}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:8px 10px;border-bottom:1px solid var(--line);vertical-align:top}
td{overflow-wrap:anywhere;word-break:keep-all;min-width:72px}
th{color:var(--dim);font-weight:600;white-space:nowrap}
.t{white-space:nowrap}.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.bad{color:var(--bad);font-weight:600}.good{color:var(--good)}.dim{color:var(--dim)}
details{margin:2px 0}summary{cursor:pointer}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--soft);
border:1px solid var(--line);border-radius:6px;padding:10px;margin:6px 0}
.card{border:1px solid var(--line);border-left-width:4px;border-radius:6px;
padding:10px 14px;margin:0 0 12px;background:var(--soft)}
code{font:12px ui-monospace,SFMono-Regular,Menlo,monospace}
@media (max-width:700px){body{padding:14px}thead{display:none}
tr{display:block;border:1px solid var(--line);border-radius:6px;margin:0 0 12px}
td{display:flex;gap:12px;justify-content:space-between;border:0;padding:4px 10px}
td>div{text-align:right;overflow-wrap:anywhere;min-width:0}td details{text-align:left}
td::before{content:attr(data-name);color:var(--dim)}}
"""
_SHOWN_CHARS = 20_000
_WHY_CHARS = 200
_HEAD = (
    "Time (UTC)",
    "Trace",
    "Observation",
    "Model",
    "Tokens",
    "Cost (USD)",
    "Latency",
    "Session",
    "User",
    "Environment",
)
_SLACK_LINK = re.compile(r"&lt;(https?://[^|&\s]+(?:&amp;[^|&\s]+)*)\|([^&<>]+)&gt;")
_SLACK_BOLD = re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])")


def page(title: str, subtitle: str, content: str) -> str:
    """Return a whole document; `title` and `subtitle` are escaped, `content` is HTML."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1><p>{escape(subtitle)}</p>{content}</body></html>"
    )


def trace_page(traces: Iterable[Mapping[str, Any]]) -> str:
    """Return the table of traces: one row an observation, with model, tokens, cost, latency and session."""
    shown = list(traces)
    observations = [(trace, *placed) for trace in shown for placed in _tree(trace["observations"])]
    cost = sum(trace["totalCost"] for trace in shown)
    tokens = sum(trace["totalTokens"] for trace in shown)
    cells = "".join(f'<th scope="col">{name}</th>' for name in _HEAD)
    rows = "".join(_row(*observation) for observation in observations)
    empty = '<tr><td colspan="10" class="dim">No traces yet.</td></tr>'
    subtitle = f"{len(shown)} traces, {len(observations)} observations, {tokens:,} tokens, ${cost:.6f}"
    table = f'<div class="scroll"><table><thead><tr>{cells}</tr></thead><tbody>{rows or empty}</tbody></table></div>'
    return page("Langfuse, played locally", subtitle, table)


def message_page(messages: Iterable[Mapping[str, Any]]) -> str:
    """Return the Slack messages as cards, newest first."""
    cards = "".join(_card(message) for message in messages)
    return page(
        "Slack, played locally", "Messages of incoming webhooks, newest first", cards or "<p>No messages yet.</p>"
    )


def _tree(observations: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], int]]:
    """Yield observations with their depth: each behind its parent, those without one in the order given."""
    known = {observation["id"]: observation for observation in observations}
    children: dict[str | None, list[Mapping[str, Any]]] = {}
    for observation in known.values():
        parent = observation["parentObservationId"]
        children.setdefault(parent if parent in known else None, []).append(observation)
    waiting = [(root, 0) for root in reversed(children.pop(None, []))]
    while waiting:
        observation, depth = waiting.pop()
        yield observation, depth
        waiting += [(child, depth + 1) for child in reversed(children.pop(observation["id"], []))]
    yield from ((observation, 0) for left in children.values() for observation in left)


def _row(trace: Mapping[str, Any], observation: Mapping[str, Any], depth: int) -> str:
    usage, cost = observation["usageDetails"], observation["costDetails"].get("total")
    tokens = usage.get("total", sum(usage.values()))
    buckets = ", ".join(f"{name} {count:,}" for name, count in usage.items() if name != "total")
    failed = observation["level"] == "ERROR"
    kind = escape(str(observation["type"]).lower())
    name = f'<span class="bad">{kind} failed:</span>' if failed else f'<span class="good">{kind}</span>'
    why = f'<div class="bad">{_text(str(observation["statusMessage"])[:_WHY_CHARS])}</div>' if failed else ""
    copies = f' <span class="bad">{observation["copies"]} copies</span>' if observation["copies"] > 1 else ""
    cells = (
        ("t", f"<code>{escape(observation['startTime'].replace('T', ' ').rstrip('Z'))}</code>"),
        ("", f"{_text(trace['name'])}<br><code class=dim>{escape(trace['id'][:12])}</code>"),
        ("", _indented(f"{name} {_text(observation['name'])}{copies}{why}{_details(observation)}", depth)),
        ("", _text(observation["model"])),
        ("n", f'<span title="{escape(buckets)}">{tokens:,}</span>' if tokens else _text(None)),
        ("n", _money(cost) if tokens or cost is not None else _text(None)),
        ("n", f"{observation['latency']:.3f} s" if observation["latency"] else _text(None)),
        ("", _text(observation["sessionId"])),
        ("", _text(observation["userId"])),
        ("", _text(observation["environment"])),
    )
    told = (
        f'<td class="{kind}" data-name="{head}"><div>{text}</div></td>'
        for head, (kind, text) in zip(_HEAD, cells, strict=True)
    )
    return f"<tr>{''.join(told)}</tr>"


def _indented(content: str, depth: int) -> str:
    return f'<div style="padding-left:{18 * min(depth, 8)}px">{content}</div>' if depth else content


def _money(cost: float | None) -> str:
    """Return US dollars with as many places as a small amount needs; `?` when no price was known."""
    if cost is None:
        return "?"
    return f"{cost:.6f}" if cost == 0 or cost >= 0.000_001 else f"{cost:.9f}"


def _details(observation: Mapping[str, Any]) -> str:
    facts = {
        "error": observation["statusMessage"],
        "input": observation["input"],
        "output": observation["output"],
        "parameters": observation["modelParameters"],
        "prompt": " ".join(str(observation[name]) for name in ("promptName", "promptVersion") if observation[name]),
        "tags": observation["tags"],
        "release, version": " ".join(str(observation[name]) for name in ("release", "version") if observation[name]),
        "first token": observation["completionStartTime"],
        "usage": observation["usageDetails"],
        "cost": observation["costDetails"],
        "metadata": observation["metadata"],
    }
    told = "".join(f"<b>{name}</b><pre>{_text(value)}</pre>" for name, value in facts.items() if value)
    return f"<details><summary class=dim>what was said</summary>{told}</details>" if told else ""


def _card(message: Mapping[str, Any]) -> str:
    texts = "".join(f"<div>{_mrkdwn(_text(text))}</div>" for text in message["texts"])
    raw = _text(message["payload"])
    return (
        f'<div class="card"{_border(message["payload"])}><code class=dim>{escape(message["path"])}</code>{texts}'
        f"<details><summary class=dim>payload</summary><pre>{raw}</pre></details></div>"
    )


def _mrkdwn(escaped: str) -> str:
    """Show Slack's links and bold words in text that is escaped already; the rest of its marks stays as it is."""
    return _SLACK_BOLD.sub(r"<b>\1</b>", _SLACK_LINK.sub(r'<a href="\1" rel="noreferrer">\2</a>', escaped))


def _border(payload: Mapping[str, Any]) -> str:
    """Return the colour of a message's first attachment as the card's border, when it is one."""
    attachments = payload.get("attachments") or [{}]
    colour = str(attachments[0].get("color", "")) if isinstance(attachments[0], dict) else ""
    return f' style="border-left-color:{colour}"' if re.fullmatch(r"#[0-9a-fA-F]{6}", colour) else ""


def _text(value: Any) -> str:
    """Return any value as escaped text, cut at a length a browser takes well."""
    if value is None or value == "":
        return '<span class="dim">–</span>'
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    return escape(text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS] + " …")
