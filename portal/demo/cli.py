"""`servicedesk demo`: loads the demo desk into an empty database."""

import click
from flask import current_app

from portal.demo.cast import demo_sign_ins
from portal.demo.stage import load_demo
from servicedesk.identity.queries import has_administrator
from servicedesk.kernel.this_desk import the_settings


@click.command("demo")
def demo_command() -> None:
    """Load the demo desk: fictional people and about 300 tickets in five languages."""
    if has_administrator():
        raise click.ClickException(
            "This desk already has people; the demo only goes into an empty one. Choose another DATA_DIR."
        )
    load_with_progress()
    for row in demo_sign_ins(the_settings().data_dir):
        click.echo(f"  {row['role']:14} {row['email']:28} {row['password']}")


def load_with_progress() -> None:
    """Load the demo and show how far it is."""
    with click.progressbar(length=100, label="Loading the demo desk") as bar:
        shown = 0

        def progress(done: int, of: int) -> None:
            nonlocal shown
            percent = done * 100 // of
            if percent > shown:
                bar.update(percent - shown)
                shown = percent

        load_demo(current_app._get_current_object(), progress)  # type: ignore[attr-defined]
