"""The key that signs cookies and links, when the environment gives none: made once, kept in a file."""

import os
import secrets
from pathlib import Path

FILE_NAME = "secret.key"


def kept_secret_key(data_dir: Path) -> str:
    """Return the key kept in `data_dir` (mode 0600), made by whichever process comes first."""
    path = data_dir / FILE_NAME
    if not path.exists():
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{FILE_NAME}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        _keep_the_first(draft, path)
    return path.read_text("ascii").strip()


def _keep_the_first(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)  # unlike a rename, never replaces the key another process just made
    except FileExistsError:
        pass
    except OSError:  # a file system without links
        draft.rename(path)
        return
    draft.unlink()
