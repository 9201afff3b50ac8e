"""When the desk was last backed up: a file in the data folder, so that all its processes and hosts know."""

import os
import secrets
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from servicedesk.kernel.db import instant_from, instant_text

FILE = "last-backup"


def note_backup(data_dir: Path, at: datetime) -> None:
    """Remember that a backup was completed; one that cannot be remembered is a backup all the same."""
    draft = data_dir / f".{FILE}.{secrets.token_hex(8)}"
    with suppress(OSError):
        draft.write_text(f"{instant_text(at)}\n", "ascii")
        os.replace(draft, data_dir / FILE)


def last_backup_at(data_dir: Path) -> datetime | None:
    """Return the moment of the last backup; None if there was none."""
    try:
        return instant_from((data_dir / FILE).read_text("ascii").strip())
    except (OSError, ValueError):
        return None
