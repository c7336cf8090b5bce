"""The one error that users see: bad input, told in a line, exit code 2."""

from __future__ import annotations

from pathlib import Path


class InputError(Exception):
    """Input that cannot be used, with what a person needs to mend it.

    Args:
        reason: What is wrong and what to do about it, in one line.
        file: The file it was read from, if any.
        place: Where in the file: a JSON path (`events[3].trigger.start`), a line, an offset.
    """

    def __init__(self, reason: str, file: Path | str | None = None, place: str | None = None):
        self.reason, self.file, self.place = reason, file, place
        where = ": ".join(str(part) for part in (file, place) if part)
        super().__init__(f"{where}: {reason}" if where else reason)
