"""Doors of one's own account: where one is signed in, which programs have a token, and ending either."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import cast

from flask import Blueprint, flash, get_flashed_messages, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.framing import frame
from portal.page import Notice
from portal.words import isolated
from servicedesk.identity.api_tokens import TokenRow, api_tokens, end_api_token
from servicedesk.identity.browsers import device_of
from servicedesk.identity.current import actor, sign_in_in_force
from servicedesk.identity.permissions import Permission, permits, signed_in
from servicedesk.identity.queries import actor_of
from servicedesk.identity.sessions import SignInRow, sign_ins, sign_out, sign_out_everywhere
from servicedesk.kernel.display import Moment, moment
from servicedesk.kernel.i18n import gettext as _

blueprint = Blueprint("account", __name__)

PLACE = "/account/sign-ins"
OF_SOMEBODY = "/people/<int:person_id>/sign-ins"


@dataclass(frozen=True, slots=True)
class ShownSignIn:
    """A sign-in as a line. is_here: it is the one that looks."""

    digest: str
    device: str
    address: str
    seen: Moment | None
    since: Moment | None
    is_here: bool


@dataclass(frozen=True, slots=True)
class ShownToken:
    """A token of a program as a line."""

    digest: str
    name: str
    since: Moment | None
    until: Moment | None
    used: Moment | None


@dataclass(frozen=True, slots=True)
class Account:
    """The page: whose sign-ins (empty: one's own) and tokens; the addresses that end them."""

    who: str
    sign_ins: Sequence[ShownSignIn]
    tokens: Sequence[ShownToken]
    end_url: str
    end_others_url: str
    end_token_url: str


@blueprint.get(PLACE)
@signed_in
def own() -> ResponseReturnValue:
    """Show where one is signed in."""
    return _page()


@blueprint.post(f"{PLACE}/end")
@signed_in
def end_own() -> ResponseReturnValue:
    """End one of one's sign-ins."""
    return _end(None)


@blueprint.post(f"{PLACE}/end-others")
@signed_in
def end_own_others() -> ResponseReturnValue:
    """End all of one's sign-ins but this."""
    return _end_others(None)


@blueprint.post(f"{PLACE}/end-token")
@signed_in
def end_own_token() -> ResponseReturnValue:
    """End a token of one's own."""
    return _end_token(None)


@blueprint.get(OF_SOMEBODY)
@permits(Permission.PEOPLE_MANAGE)
def of_somebody(person_id: int) -> ResponseReturnValue:
    """Show where somebody is signed in."""
    return _page(person_id)


@blueprint.post(f"{OF_SOMEBODY}/end")
@permits(Permission.PEOPLE_MANAGE)
def end_one(person_id: int) -> ResponseReturnValue:
    """End a sign-in of somebody."""
    return _end(person_id)


@blueprint.post(f"{OF_SOMEBODY}/end-others")
@permits(Permission.PEOPLE_MANAGE)
def end_all(person_id: int) -> ResponseReturnValue:
    """End all sign-ins of somebody."""
    return _end_others(person_id)


@blueprint.post(f"{OF_SOMEBODY}/end-token")
@permits(Permission.PEOPLE_MANAGE)
def end_token(person_id: int) -> ResponseReturnValue:
    """End a token of somebody."""
    return _end_token(person_id)


def _page(person_id: int | None = None) -> ResponseReturnValue:
    viewer = actor()
    owner_id = person_id if person_id is not None else viewer.id or 0
    who = "" if owner_id == viewer.id else actor_of(owner_id).name
    title = _("Where %(name)s is signed in", name=isolated(who)) if who else _("Where you are signed in")
    values = {} if person_id is None else {"person_id": person_id}
    ends = (
        ("account.end_own", "account.end_own_others", "account.end_own_token")
        if person_id is None
        else ("account.end_one", "account.end_all", "account.end_token")
    )
    account = Account(
        who,
        [_sign_in(row) for row in sign_ins(viewer, owner_id)],
        [_token(row) for row in api_tokens(viewer, owner_id)],
        *(url_for(end, **values) for end in ends),  # type: ignore[arg-type]
    )
    told = cast("list[tuple[str, str]]", get_flashed_messages(with_categories=True))
    page = replace(frame(str(title)), notices=tuple(Notice(text, state) for state, text in told))
    return render_template("account/sign_ins.html", page=page, account=account)


def _sign_in(row: SignInRow) -> ShownSignIn:
    here = sign_in_in_force()
    return ShownSignIn(
        digest=row.token_digest,
        device=_device(row.user_agent),
        address=row.address or str(_("address not known")),
        seen=moment(row.seen_at),
        since=moment(row.created_at),
        is_here=here is not None and here.token_digest == row.token_digest,
    )


def _device(user_agent: str) -> str:
    found = device_of(user_agent)
    if found.browser and found.system:
        return str(_("%(browser)s on %(system)s", browser=found.browser, system=found.system))
    return found.browser or found.system or str(_("A program or an unknown browser"))


def _token(row: TokenRow) -> ShownToken:
    used = moment(row.used_at) if row.used_at is not None else None
    return ShownToken(row.digest, row.name, moment(row.created_at), moment(row.expires_at), used)


def _end(person_id: int | None) -> ResponseReturnValue:
    if sign_out(actor(), request.form.get("digest", ""), person_id=person_id):
        flash(str(_("That sign-in ended.")), "met")
    return _back(person_id)


def _end_others(person_id: int | None) -> ResponseReturnValue:
    here, who = sign_in_in_force(), actor()
    but = here.token_digest if here is not None else None
    ended = sign_out_everywhere(who, person_id if person_id is not None else who.id or 0, but=but)
    flash(str(_("Sign-ins that ended: %(number)d.", number=ended)), "met")
    return _back(person_id)


def _end_token(person_id: int | None) -> ResponseReturnValue:
    who = actor()
    end_api_token(who, person_id if person_id is not None else who.id or 0, request.form.get("digest", ""))
    flash(str(_("That token ended.")), "met")
    return _back(person_id)


def _back(person_id: int | None) -> ResponseReturnValue:
    if person_id is None:
        return redirect(url_for("account.own"), HTTPStatus.SEE_OTHER)
    return redirect(url_for("account.of_somebody", person_id=person_id), HTTPStatus.SEE_OTHER)
