"""People on the command line: who is here, somebody new, another password."""

import click
from sqlalchemy import select

from servicedesk.identity.actor import system_actor
from servicedesk.identity.api_tokens import issue_api_token
from servicedesk.identity.commands import NewPerson, create_person, set_password
from servicedesk.identity.directory import organisations
from servicedesk.identity.models import Person
from servicedesk.identity.queries import PersonRow, person_by_email, roles_of
from servicedesk.identity.sessions import sign_out_everywhere
from servicedesk.identity.tokens import FIRST_ADMINISTRATOR, SET_PASSWORD, issue_token
from servicedesk.kernel.db import session
from servicedesk.kernel.refs import Cause
from servicedesk.kernel.this_desk import the_settings

OPERATOR = system_actor(Cause("operator"))


@click.group("people")
def people_group() -> None:
    """People of the desk."""


@people_group.command("list")
def list_people() -> None:
    """List everybody who can sign in, with their roles."""
    query = select(Person.id, Person.name, Person.email, Person.is_active)
    for row in session().execute(query.where(Person.is_imported.is_(False)).order_by(Person.name, Person.id)):
        state = "" if row.is_active else "  (inactive)"
        click.echo(f"{row.name}  <{row.email}>  {', '.join(roles_of(row.id))}{state}")


@people_group.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", "roles", multiple=True, default=("customer",), show_default=True)
@click.option("--organisation", help="The key of the organisation they belong to.")
@click.option("--ask", is_flag=True, help="Ask for a password here instead of printing a link.")
def add_person(email: str, *, name: str, roles: tuple[str, ...], organisation: str | None, ask: bool) -> None:
    """Make somebody known and print the link with which they choose their password."""
    keys = {row.key: row.id for row in organisations().values()}
    if organisation is not None and organisation not in keys:
        raise click.BadParameter(f"there is no {organisation!r}", param_hint="--organisation")
    password = _asked() if ask else None
    new = NewPerson(
        name=name,
        email=email,
        roles=roles,
        organisation_id=keys.get(organisation or ""),
        language=the_settings().language,
        zone=the_settings().zone,
    )
    person_id = create_person(OPERATOR, new, password=password)
    click.echo(f"{name} <{email}> is here now.")
    if password is None:
        _print_link(person_id)


@people_group.command("password")
@click.argument("email")
@click.option("--ask", is_flag=True, help="Ask for the new password here instead of printing a link.")
def new_password(email: str, *, ask: bool) -> None:
    """Print a link with which somebody chooses a new password."""
    person = _person(email)
    if not ask:
        _print_link(person.id)
        return
    set_password(OPERATOR, person.id, password=_asked())
    click.echo("The password is set; every earlier sign-in and token has ended.")


@people_group.command("sign-out")
@click.argument("email")
def sign_somebody_out(email: str) -> None:
    """End every sign-in of somebody, in whatever browser; their tokens for programs stay."""
    ended = sign_out_everywhere(OPERATOR, _person(email).id)
    click.echo(f"{ended} sign-ins ended.")


@people_group.command("token")
@click.argument("email")
@click.option("--name", required=True, help="What it is for, such as: nightly export.")
@click.option("--days", default=90, show_default=True, help="How long it is good for.")
def new_token(email: str, *, name: str, days: int) -> None:
    """Print a token with which a program uses the API as this person."""
    person = _person(email)
    secret = issue_api_token(OPERATOR, person.id, name=name, days=days)
    click.echo(f"Keep it safe, it is shown only now. Send it as: Authorization: Bearer {secret}")


def _person(email: str) -> PersonRow:
    person = person_by_email(email)
    if person is None or not person.is_active:
        raise click.BadParameter(f"nobody active has the address {email}", param_hint="EMAIL")
    return person


def first_administrator_link() -> str:
    """Return a new one-time link that creates the first administrator."""
    return f"{the_settings().base_url}/set-up/{issue_token(OPERATOR, FIRST_ADMINISTRATOR)}"


def _print_link(person_id: int) -> None:
    secret = issue_token(OPERATOR, SET_PASSWORD, person_id=person_id)
    click.echo(f"This link works once, within an hour: {the_settings().base_url}/password/{secret}")


def _asked() -> str:
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
