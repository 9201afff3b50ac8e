"""`servicedesk backup` and `servicedesk restore`."""

from pathlib import Path

import click
from flask import current_app

from servicedesk.kernel import schema
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import ngettext
from servicedesk.kernel.secret_key import FILE_NAME
from servicedesk.kernel.this_desk import the_settings
from servicedesk.operations import restore as bringing_back
from servicedesk.operations.backup import make_backup
from servicedesk.operations.manifest import Manifest
from servicedesk.tickets.verify_cli import verify_command

A_FILE = click.Path(path_type=Path)


@click.command("backup")
@click.argument("file", type=A_FILE)
@click.option(
    "--with-secrets", is_flag=True, help="Also the key that signs cookies and links, and the demo's sign-ins."
)
def backup_command(file: Path, *, with_secrets: bool) -> None:
    """Write the whole desk, of one moment, to FILE, or to a new file in the folder FILE. People may go on."""
    schema.check_database()
    made = make_backup(file.absolute(), with_secrets=with_secrets)
    for path in made.left_out:
        click.echo(_("Left out, for it is no file of the desk: %(path)s", path=path), err=True)
    click.echo(
        _(
            "%(file)s: %(size)s MiB, %(content)s.",
            file=made.file,
            size=f"{made.file.stat().st_size / 2**20:.1f}",
            content=_content(made.manifest),
        )
    )
    if the_settings().store_url is not None:
        click.echo(
            _(
                "Files of requests lie in a bucket and are not in the backup: copy the bucket by its own"
                " means."
            )
        )
    if not with_secrets and (the_settings().data_dir / FILE_NAME).exists():
        click.echo(
            _(
                "Without secret.key: after restoring elsewhere everybody signs in again. --with-secrets takes"
                " it along; keep such a file like a password."
            )
        )


@click.command("restore")
@click.argument("file", type=A_FILE)
@click.option("--replace", is_flag=True, help="Also where the desk is not empty; asks before.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--verify", is_flag=True, help="Then rebuild everything from the log and compare.")
@click.option("--only-check", is_flag=True, help="Unpack and check the backup; change nothing.")
def restore_command(file: Path, *, replace: bool, yes: bool, verify: bool, only_check: bool) -> None:
    """Make this desk the one in FILE. Its processes must be stopped; it is all or nothing."""
    with bringing_back.opened(file) as archive:
        if only_check:
            bringing_back.require_known_schema(archive.manifest)
            bringing_back.check_contents(archive)
            click.echo(_("The backup is whole: %(content)s.", content=_content(archive.manifest)))
            return
        if replace and not yes:
            _ask()
        bringing_back.restore(archive, replace=replace)
        click.echo(_("Restored: %(content)s.", content=_content(archive.manifest)))
    if verify:
        # A context of its own: this one remembers the desk that was.
        with current_app.app_context():
            click.get_current_context().invoke(verify_command, with_files=True)


def _ask() -> None:
    there = bringing_back.what_is_there()
    if there:
        people = ngettext("%(num)s person", "%(num)s people", there.get("person", 0))
        requests = ngettext("%(num)s request", "%(num)s requests", there.get("ticket", 0))
        question = _(
            "This desk has %(people)s and %(requests)s. They will be gone. Go on?",
            people=people,
            requests=requests,
        )
        click.confirm(question, abort=True)


def _content(manifest: Manifest) -> str:
    return _(
        "%(rows)s rows in %(tables)s tables, %(files)s files, made at %(at)s",
        rows=manifest.rows,
        tables=len(manifest.tables),
        files=len(manifest.files),
        at=manifest.made_at,
    )
