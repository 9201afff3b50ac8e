"""The outbox of a desk without a mail server: each mail a file that whoever looks after the desk can open."""

import os
from email.message import EmailMessage
from pathlib import Path

from servicedesk.kernel.this_desk import the_settings

FOLDER = "outbox"
MOST_KEPT = 200


def outbox_folder() -> Path:
    """Return where the mails lie."""
    return the_settings().data_dir / FOLDER


def lay_down(message: EmailMessage) -> Path:
    """Keep `message` as a file of its own, the same one at every attempt; the oldest beyond the most go."""
    folder = outbox_folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    name = str(message["Message-ID"]).strip("<>").partition("@")[0]
    place, draft = folder / f"{name}.eml", folder / f".{name}.{os.getpid()}"
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(bytes(message))
    draft.replace(place)
    for old in kept()[MOST_KEPT:]:
        old.unlink(missing_ok=True)
    return place


def kept() -> list[Path]:
    """Return the mails there are, the newest first."""
    found = [(path.stat().st_mtime_ns, path) for path in outbox_folder().glob("*.eml")]
    return [path for _at, path in sorted(found, reverse=True)]
