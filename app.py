"""The composition root: wires the rooms in floor order, and the command `servicedesk`."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from servicedesk.kernel.cli import DeskGroup, Late, stop, telling_what_to_do
from servicedesk.kernel.settings import Settings, load, ready

if TYPE_CHECKING:
    from flask import Flask

SELF = (sys.executable, "-m", "app")


def create_app(settings: Settings) -> "Flask":
    """Return the desk as a web application, also used by worker, scheduler and command line."""
    from knowledge import wiring as knowledge
    from portal import wiring as portal
    from routing import wiring as routing
    from servicedesk import wiring as ground_floor
    from servicedesk.identity.gate import check_every_endpoint
    from servicedesk.kernel.application import Desk
    from servicedesk.kernel.i18n import are_translations_stale
    from sla import wiring as sla

    if are_translations_stale():
        from servicedesk.kernel.catalogues import compile_missing

        compile_missing()
    app = Desk("servicedesk", static_folder=None)
    ground_floor.init_app(app, settings)
    for room in (sla, routing, knowledge, portal):
        room.init_app(app)
    check_every_endpoint(app)
    return app


def settings_in_force() -> Settings:
    """Return the environment's settings, with the data folder made; `main` tells of bad ones."""
    return ready(load(os.environ))


def desk(*, level: str | None = None) -> "Flask":
    """Return the desk that the environment describes, with its logs set up; `level` wins over the setting."""
    from servicedesk.kernel import logs

    settings = settings_in_force()
    logs.configure(level=level or settings.log_level, style=settings.log_format)
    return create_app(settings)


# Commands of rooms: imported when they are called.
LATE = {
    "backup": Late(
        "servicedesk.operations.backup_cli", "backup_command", "Write the whole desk to one file."
    ),
    "demo": Late("portal.demo.cli", "demo_command", "Load the demo desk into an empty database."),
    "doctor": Late(
        "servicedesk.operations.doctor_cli", "doctor_command", "Look at all the desk needs.", bare=True
    ),
    "hours": Late(
        "servicedesk.calendars.cli", "hours_command", "Answer questions about opening hours.", bare=True
    ),
    "i18n": Late(
        "servicedesk.kernel.catalogue_commands", "i18n_group", "Translations of the desk.", bare=True
    ),
    "import": Late("servicedesk.tickets.cli", "import_group", "Bring history into the desk."),
    "jobs": Late("servicedesk.kernel.job_commands", "jobs_group", "Background jobs: count, dead, retry."),
    "knowledge": Late("knowledge.cli", "knowledge_group", "Articles: how well search finds them."),
    "people": Late("servicedesk.identity.cli", "people_group", "People of the desk: list, add, password."),
    "restore": Late("servicedesk.operations.backup_cli", "restore_command", "Bring a backup back."),
    "routing": Late("routing.cli", "routing_group", "The model that proposes where tickets go: train, try."),
    "sla": Late(
        "sla.cli",
        "sla_group",
        "Promises: explain clocks, sweep, forecast.",
        bare_commands=("explain", "forecast evaluate"),
    ),
    "verify": Late(
        "servicedesk.tickets.verify_cli", "verify_command", "Rebuild everything from the log and compare."
    ),
}
cli = DeskGroup(
    late=LATE,
    factory=lambda: desk(level="warning"),
    help="A service request desk. `servicedesk run` starts it; settings are environment variables.",
)


@cli.command()
def run() -> None:
    """Start the desk: web, worker and scheduler."""
    from servicedesk.kernel.forked import CAN_FORK
    from servicedesk.kernel.supervisor import Child, port_is_free, supervise

    settings = settings_in_force()
    if not port_is_free(settings.host, settings.port):
        stop(
            f"Port {settings.port} on {settings.host} is taken: stop what listens there, or choose another"
            f" port with PORT={settings.port + 1}.",
            code=2,
        )
    # Each in a process of its own: what preparing needs is not kept in memory while the desk runs. Where that
    # is safe they go on from one desk loaded here, so that they share it and start at once.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its threads would not be there in a fork
    prepared, works = _forks() if CAN_FORK else _programs()
    if prepared:
        sys.exit(prepared)
    # The page first: the others wait a moment, so that the cores are its own while it starts.
    delays = {"web": 0.0, "worker": 0.5, "scheduler": 1.0}
    sys.exit(supervise([Child(name, works[name], delay_seconds=wait) for name, wait in delays.items()]))


def _forks() -> tuple[int | None, dict[str, Callable[[], object]]]:
    """Load a desk and prepare its database; return the exit code of that, and what each process does."""
    from servicedesk.kernel import logs, processes
    from servicedesk.kernel.forked import fork, settle
    from servicedesk.kernel.web_server import serve

    app = desk()
    settings: Settings = app.config["SETTINGS"]

    def preparing() -> None:
        logs.configure(level="warning", style=settings.log_format)
        _prepare(app)

    settle()
    return fork(preparing).wait(), {
        "web": lambda: serve(lambda: app, settings),
        "worker": lambda: processes.worker(app),
        "scheduler": lambda: processes.scheduler(app),
    }


def _programs() -> tuple[int | None, dict[str, Sequence[str]]]:
    """The same with programs of their own."""
    prepared = subprocess.run([*SELF, "prepare"], check=False)  # noqa: S603
    return prepared.returncode, {name: [*SELF, name] for name in ("web", "worker", "scheduler")}


@cli.command(hidden=True)
def prepare() -> None:
    """Bring the schema up to date, fill an empty desk, and say how to get in."""
    _prepare(desk(level="warning"))


@cli.command()
def web() -> None:
    """Answer requests over HTTP."""
    from servicedesk.kernel.web_server import serve

    serve(desk, settings_in_force())


@cli.command()
def worker() -> None:
    """Run background jobs."""
    from servicedesk.kernel import processes

    processes.worker(desk())


@cli.command()
def scheduler() -> None:
    """Put periodic jobs into the queue when they are due."""
    from servicedesk.kernel import processes

    processes.scheduler(desk())


@cli.command()
@click.option("--to", "revision", default="head", show_default=True, help="The revision to go to.")
@click.option("--check", is_flag=True, help="Only say whether models and newest revision agree (exit 1).")
@click.option("--draft", metavar="SENTENCE", help="Write a new revision from what the models changed.")
def migrate(revision: str, *, check: bool, draft: str | None) -> None:
    """Bring the database to the newest schema, and lay down what every desk needs."""
    app = desk(level="warning")
    with telling_what_to_do(), app.app_context():
        if check or draft:
            _compare_schema(app, draft)
        else:
            _bring_up_to_date(app, revision)


@cli.command()
@click.option("--page", is_flag=True, help="Print docs/settings.md.")
def settings(*, page: bool) -> None:
    """Show the settings in force, without secrets."""
    if page:
        from servicedesk.kernel.settings_page import settings_page

        click.echo(settings_page(), nl=False)
        return
    with telling_what_to_do():
        for variable, value in load(os.environ).describe().items():
            click.echo(f"{variable}={value}")


def main() -> None:
    """Run the command line."""
    cli.run()


def _prepare(app: "Flask") -> None:
    with telling_what_to_do():
        with app.app_context():
            _bring_up_to_date(app)
        _load_demo_if_empty(app)
        with app.app_context():
            _say_how_to_get_in(app)


def _bring_up_to_date(app: "Flask", revision: str = "head") -> None:
    from servicedesk.kernel import schema
    from servicedesk.kernel.first_run import lay_foundation

    schema.check_database()
    if revision != "head" or not schema.is_current():
        from flask_migrate import downgrade, upgrade

        schema.prepare(app)
        backwards = revision.startswith("-") or revision == "base"
        (downgrade if backwards else upgrade)(revision=revision)
    if revision == "head":
        lay_foundation()


def _compare_schema(app: "Flask", draft: str | None) -> None:
    from flask_migrate import check, revision

    from servicedesk.kernel import schema

    schema.prepare(app)
    if draft:
        revision(message=draft, autogenerate=True)
    else:
        check()


def _load_demo_if_empty(app: "Flask") -> None:
    """Load the demo desk where nobody is yet: whole, or (into SQLite) not at all if it is interrupted."""
    from portal.demo.cli import load_with_progress
    from servicedesk.identity.queries import is_deserted
    from servicedesk.kernel.schema import beside, hurry, take_place

    settings: Settings = app.config["SETTINGS"]
    with app.app_context():
        if not settings.demo or not is_deserted():
            return
    draft = beside(settings.database_url)
    target = create_app(replace(settings, database_url=draft)) if draft else app
    with target.app_context():
        if draft:
            hurry(target)
            _bring_up_to_date(target)
        load_with_progress()
    if draft:
        take_place(target, app)


def _say_how_to_get_in(app: "Flask") -> None:
    from portal.demo.cast import demo_sign_ins
    from servicedesk.identity.cli import first_administrator_link
    from servicedesk.identity.queries import has_administrator

    settings: Settings = app.config["SETTINGS"]
    click.echo(f"\n  {settings.name}: {settings.base_url}\n")
    if not has_administrator():
        click.echo("  Nobody is here yet. This link makes the first administrator; once, within three days:")
        click.echo(f"  {first_administrator_link()}\n")
    elif settings.demo and settings.is_on_loopback:
        for row in demo_sign_ins(settings.data_dir):
            click.echo(f"  {row['role']:14} {row['email']:28} {row['password']}")
        click.echo()


if __name__ == "__main__":
    main()
