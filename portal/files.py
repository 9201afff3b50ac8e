"""Files on pages: taken in beside a text that is being written, and listed under messages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import fields

from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel.display import file_size
from servicedesk.kernel.errors import DeskError
from servicedesk.kernel.forms import Form, FormSchema, Limit, Problem, Text
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from servicedesk.kernel.receiving import MEGABYTE
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.attaching import MOST_A_MESSAGE
from servicedesk.tickets.core.media import family_of, is_shown_in_place
from servicedesk.tickets.file_answers import taken_from_body, taken_from_form
from servicedesk.tickets.files import FileRow
from servicedesk.tickets.uploads import UploadRow, discard, uploads_of

blueprint = Blueprint("files", __name__)

WRITES = (
    Permission.TICKET_FILE,
    Permission.TICKET_FILE_FOR_OTHERS,
    Permission.TICKET_REPLY,
    Permission.TICKET_NOTE,
)


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file as `macros/files.html` draws it. `is_program`: whoever opens it runs it."""

    name: str
    about: str
    url: str = ""
    is_picture: bool = False
    is_program: bool = False
    id: str = ""


@dataclass(frozen=True, slots=True)
class Attaching:
    """Where files are chosen for a text: those that wait for it already, and what may come."""

    upload_url: str
    kept: Sequence[ShownFile]
    most_bytes: int
    most_files: int
    too_large: str
    too_many: str
    limit: str


@dataclass(frozen=True, slots=True)
class Enclosed:
    """The files of a form that was sent: ids of those that arrived, and what is wrong with the others."""

    ids: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    status: HTTPStatus = HTTPStatus.OK


NOTHING = Enclosed()


class FilesForm(FormSchema):
    """A form that files may come with; `upload` are the ids of those that came before the text."""

    upload = fields.List(Text(validate=Limit(32)), load_default=list, metadata={"label": _l("Files")})


def enclosed_in(form: Form) -> Enclosed:
    """Return the files of a sent form: those named by id, and those that its own body carries.

    What cannot be taken is told and the rest is kept, so that nobody has to choose it again.
    """
    named = tuple(row.id for row in uploads_of(actor(), form.values.get("upload", ())))
    gone = len(set(form.values.get("upload", ()))) - len(named)
    problems = [str(_("A file is no longer here: it was kept for two days only. Choose it again."))] * bool(
        gone
    )
    try:
        new = tuple(row.id for row in taken_from_form(actor()))
    except DeskError as error:
        return Enclosed(named, (*problems, error.message), HTTPStatus(error.status))
    return Enclosed((*named, *new), tuple(problems), HTTPStatus.UNPROCESSABLE_ENTITY)


def problems_of(enclosed: Enclosed) -> list[Problem]:
    """Return what is wrong with the files as rows of the summary above a form."""
    return [Problem("", "", problem) for problem in enclosed.problems]


def attaching(ids: Sequence[str] = ()) -> Attaching:
    """Return what is needed to choose files; `ids` are those that wait for the text already."""
    most = the_settings().file_limit_mb
    return Attaching(
        upload_url=url_for("files.upload"),
        kept=[_kept(row) for row in uploads_of(actor(), ids)],
        most_bytes=most * MEGABYTE,
        most_files=MOST_A_MESSAGE,
        too_large=str(_("larger than %(limit)s MB, the most that the desk takes", limit=most)),
        too_many=str(_("A message takes %(limit)s files at most.", limit=MOST_A_MESSAGE)),
        limit=str(
            _(
                "Up to %(files)s files of %(limit)s MB; dropped or pasted here, too.",
                files=MOST_A_MESSAGE,
                limit=most,
            )
        ),
    )


def shown_files(files: Sequence[FileRow], address: Callable[[int], str]) -> list[ShownFile]:
    """Return the files of a message; `address` gives the address of a file by its number in the ticket."""
    return [_shown(row, address) for row in files]


def _shown(row: FileRow, address: Callable[[int], str]) -> ShownFile:
    if row.name is None:
        return ShownFile(name=str(_("(This file was erased.)")), about="")
    family = family_of(row.name, row.media_type)
    return ShownFile(
        name=row.name,
        about=_about(family, row.size),
        url=address(row.seq),
        is_picture=is_shown_in_place(row.media_type),
        is_program=family == "program",
    )


def _kept(row: UploadRow) -> ShownFile:
    family = family_of(row.name, row.media_type)
    return ShownFile(row.name, _about(family, row.size), is_program=family == "program", id=row.id)


def _about(family: str, size: int) -> str:
    """Return kind and size: "picture, 1.4 MB"."""
    names = {
        "picture": _("picture"),
        "document": _("document"),
        "text": _("text"),
        "archive": _("archive"),
        "sound": _("sound"),
        "film": _("film"),
        "page": _("web page or drawing"),
        "program": _("program: open it only if you expect it"),
    }
    kind = names.get(family)
    return str(_("%(kind)s, %(size)s", kind=kind, size=file_size(size)) if kind else file_size(size))


@blueprint.post("/files")
@permits(*WRITES)
def upload() -> ResponseReturnValue:
    """Take the body of the request as a file for a text that is being written; answer with its row."""
    row = taken_from_body(actor(), request.args.get("name", ""))
    return _rows([row], HTTPStatus.CREATED)


@blueprint.get("/files")
@permits(*WRITES)
def unsent() -> ResponseReturnValue:
    """Return the rows of files that the reader sent before, as far as they still wait for their text."""
    return _rows(uploads_of(actor(), request.args.getlist("id")[:MOST_A_MESSAGE]))


@blueprint.post("/files/<upload_id>/discard")
@permits(*WRITES)
def take_out(upload_id: str) -> ResponseReturnValue:
    """Forget a file whose text was not sent."""
    discard(actor(), upload_id)
    return Response(status=HTTPStatus.NO_CONTENT)


def _rows(rows: Sequence[UploadRow], status: HTTPStatus = HTTPStatus.OK) -> Response:
    return make_response(render_template("files/_uploads.html", files=[_kept(row) for row in rows]), status)
