"""Files in a bucket that speaks as S3 does, by the library obstore (the extra `s3`); no call hangs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from servicedesk.kernel.errors import Busy
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.logs import logger
from servicedesk.kernel.settings import InvalidSetting, Settings

if TYPE_CHECKING:
    from obstore.store import S3Store

log = logger(__name__)

CONNECT_WITHIN = timedelta(seconds=5)
# One call: a part of a large file, or the whole of a small one.
ANSWER_WITHIN = timedelta(seconds=30)
TRY_FOR = timedelta(seconds=40)
MOST_TRIES = 2
CHUNK_BYTES = 256 * 1024


class FilesInS3:
    """A FileStore (kernel/files.py) in a bucket; keys are as the paths on disk."""

    def __init__(self, store: S3Store) -> None:
        self.store = store

    @classmethod
    def at(cls, settings: Settings) -> FilesInS3:
        """Return the store at STORE_URL; asks nothing of it. Raises InvalidSetting without the library."""
        try:
            from obstore.store import S3Store
        except ImportError:
            raise InvalidSetting(
                "STORE_URL needs the library obstore (the extra `s3`); `make install` brings it."
            ) from None
        parts = urlsplit(settings.store_url or "")
        is_amazon = parts.scheme == "s3"
        bucket = parts.netloc if is_amazon else parts.path.strip("/")
        endpoint = None if is_amazon else f"{parts.scheme}://{parts.netloc}"
        return cls(
            S3Store(
                bucket,
                config={"endpoint": endpoint} if endpoint else {},
                region=settings.store_region,
                access_key_id=settings.store_key or "",
                secret_access_key=settings.store_secret or "",
                virtual_hosted_style_request=False,
                client_options={
                    "connect_timeout": CONNECT_WITHIN,
                    "timeout": ANSWER_WITHIN,
                    "allow_http": parts.scheme == "http",
                },
                retry_config={"max_retries": MOST_TRIES, "retry_timeout": TRY_FOR},
            )
        )

    def put(self, sha256: str, path: Path) -> None:
        """Send the file unless it is there whole; a bucket shows nothing that is half sent."""
        import obstore

        if self.size(sha256) == path.stat().st_size:
            return
        with _telling():
            obstore.put(self.store, _key(sha256), path)

    def size(self, sha256: str) -> int | None:
        """Return the size in bytes; None where there is no such object."""
        import obstore

        try:
            with _telling():
                return int(obstore.head(self.store, _key(sha256))["size"])
        except FileNotFoundError:
            return None

    def read(self, sha256: str, first: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield the content as it comes in; raises FileNotFoundError at once."""
        import obstore

        if length == 0:
            return iter(())
        with _telling():
            if length is not None:
                got = obstore.get(self.store, _key(sha256), options={"range": (first, first + length)})
            else:
                got = obstore.get(
                    self.store, _key(sha256), options={"range": {"offset": first}} if first else {}
                )
        return (bytes(piece) for piece in got.stream(min_chunk_size=CHUNK_BYTES))

    def remove(self, sha256: str) -> None:
        """Delete the object; S3 does not mind where there is none."""
        import obstore

        with _telling():
            obstore.delete(self.store, _key(sha256))

    def hashes(self) -> Iterator[str]:
        """Yield the hash of every object, a page of a thousand at a time."""
        import obstore

        with _telling():
            for page in obstore.list(self.store):
                for found in page:
                    yield found["path"].rpartition("/")[2]


def _key(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


@contextmanager
def _telling() -> Iterator[None]:
    """Turn what the library raises into what the desk says; details go to the log alone."""
    from obstore.exceptions import BaseError

    try:
        yield
    except FileNotFoundError:
        raise
    except (BaseError, OSError) as error:
        log.warning("files.store_away", error=str(error)[:500])
        raise Busy(
            "files.store_away",
            _(
                "The store of files does not answer. Send your text without the file, or try again in a"
                " moment."
            ),
        ) from error
