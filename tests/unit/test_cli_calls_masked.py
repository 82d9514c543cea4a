"""`logrouter calls` shows nothing that `trace_llm` would hide."""

import json
from pathlib import Path

from logrouter_cli.main import main


def test_what_was_streamed_in_pieces_is_masked_whole(tmp_path: Path, capsys) -> None:
    """An address of which each chunk holds a part is seen once the answer is joined."""
    pieces = ["write to kim.mi", "nsu@exam", "ple.com please"]
    record = {
        "schemaType": "ModelInvocationLog",
        "operation": "InvokeModelWithResponseStream",
        "modelId": "anthropic.claude-haiku-4-5-20251001-v1:0",
        "requestId": "3f1c0f5e-9d3a-4c63-8f6e-0a9a2e8a1f10",
        "input": {"inputTokenCount": 9},
        "output": {
            "outputTokenCount": 5,
            "outputBodyJson": [
                {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}}
                for piece in pieces
            ],
        },
    }
    path = tmp_path / "lines.log"
    path.write_text(json.dumps(record))

    assert main(["calls", "--json", str(path)]) == 0

    printed = capsys.readouterr().out
    assert "write to" in printed
    assert "kim.mi" + "nsu" not in printed
