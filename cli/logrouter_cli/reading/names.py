"""Names as they may be shown: files, log groups and streams are named by applications, with what they have at hand."""

import re
from functools import lru_cache
from typing import Final

from logrouter.masking import Masker
from logrouter.model import RawText

FILE_ENDING: Final = re.compile(r"(?:\.(?:log|txt|out|err|json|jsonl|ndjson|csv|gz|bz2|xz|old|bak|[0-9]{1,3})){1,4}$")
"""Taken off before a name is masked: an address with the ending of a file looks like a file to the masking rules."""
KEPT: Final = 4096
"""Names that are remembered."""


class Names:
    """Masks names, each part between slashes by itself too.

    Args:
        masker: whose rules hold.
    """

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self.shown = lru_cache(maxsize=KEPT)(self._shown)
        """Return a name as it may be shown."""

    def _shown(self, name: str) -> str:
        try:
            whole = self._masker.mask_text(RawText(name))[0]
            return "/".join(self._shown_part(part) for part in whole.split("/"))
        except Exception:  # noqa: BLE001 - a name that cannot be judged is not shown
            return "*"

    def _shown_part(self, part: str) -> str:
        ending = FILE_ENDING.search(part)
        stem = part[: ending.start()] if ending else part
        return self._masker.mask_text(RawText(stem))[0] + part[len(stem) :]
