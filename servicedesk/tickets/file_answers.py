"""Files over HTTP: one sent to whoever may have it, and one taken in; the pages and the API do both alike."""

from http import HTTPStatus

from flask import Response, request
from werkzeug.datastructures import FileStorage
from werkzeug.http import parse_range_header

from servicedesk.identity.actor import Actor
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Busy
from servicedesk.kernel.files import the_files
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.logs import logger
from servicedesk.kernel.receiving import MEGABYTE
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.core.file_names import disposition
from servicedesk.tickets.core.media import is_shown_in_place, sent_as
from servicedesk.tickets.files import Content
from servicedesk.tickets.uploads import UploadRow, take_in

log = logger(__name__)

# Whatever a file holds: no script of it runs, nothing is loaded, and it is a stranger to the desk's pages.
_ALONE = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Nobody's cache but the reader's, and that one asks each time whether the reader may still have it.
    "Cache-Control": "private, no-cache",
    "Accept-Ranges": "bytes",
}


def sent(content: Content) -> Response:
    """Return the file: pictures may be shown, everything else is saved. Answers one range, and 304."""
    in_place = is_shown_in_place(content.media_type)
    answer = Response(mimetype=sent_as(content.media_type))
    answer.headers.update(_ALONE)
    answer.headers["Content-Disposition"] = disposition(content.name, in_place=in_place)
    answer.set_etag(content.sha256)
    if request.if_none_match.contains(content.sha256):
        answer.status_code = HTTPStatus.NOT_MODIFIED
        return answer
    wanted = _range(content)
    if wanted is None:
        answer.status_code = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        answer.headers["Content-Range"] = f"bytes */{content.size}"
        return answer
    first, length = wanted
    if length < content.size:
        answer.status_code = HTTPStatus.PARTIAL_CONTENT
        answer.headers["Content-Range"] = f"bytes {first}-{first + length - 1}/{content.size}"
    answer.headers["Content-Length"] = str(length)
    # However slowly it goes out, nothing of the database is held meanwhile.
    session().rollback()
    try:
        answer.response = the_files().read(content.sha256, first, length)
    except FileNotFoundError:
        log.error("file.missing", sha256=content.sha256)
        raise Busy(
            "files.missing", _("This file cannot be had at the moment. Administrators see this.")
        ) from None
    return answer


def _range(content: Content) -> tuple[int, int] | None:
    """Return first byte and length of what is asked for: all where no one range is; None past the end."""
    whole = 0, content.size
    header = request.headers.get("Range")
    if header is None or (request.if_range.etag or content.sha256) != content.sha256 or request.if_range.date:
        return whole
    asked = parse_range_header(header)
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return whole
    found = asked.range_for_length(content.size)
    return (found[0], found[1] - found[0]) if found else None


def allow_one_file() -> None:
    """Let this request carry one file whole, however large the desk lets files be."""
    request.max_content_length = the_settings().file_limit_mb * MEGABYTE + MEGABYTE


def taken_from_body(actor: Actor, name: str) -> UploadRow:
    """Take the body of this request as a file: read as it comes in, never held in memory."""
    allow_one_file()
    return take_in(actor, request.stream, name=name, announced=request.content_length)


def taken_from_form(actor: Actor, field: str = "files") -> list[UploadRow]:
    """Take the files that a form without script carries; what the browser left empty is passed over."""
    chosen: list[FileStorage] = [file for file in request.files.getlist(field) if file.filename]
    return [take_in(actor, file.stream, name=file.filename or "") for file in chosen]
