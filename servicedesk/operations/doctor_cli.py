"""`servicedesk doctor`: looks at everything that a desk needs, and says what to do."""

import json
from collections.abc import Mapping

import click

from servicedesk.kernel.cli import DeskGroup
from servicedesk.kernel.settings import InvalidSetting
from servicedesk.operations.findings import Finding, State, act, examine

MARKS = {State.OK: "ok  ", State.LOOK: "LOOK", State.ACT: "ACT "}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of sentences.")
@click.pass_context
def doctor_command(ctx: click.Context, *, as_json: bool) -> None:
    """Look at everything that the desk needs; exit 1 where something must be done."""
    found = _found(ctx)
    is_well = all(finding.state is not State.ACT for finding in found.values())
    if as_json:
        rows = [_row(name, finding) for name, finding in found.items()]
        click.echo(json.dumps({"ok": is_well, "checks": rows}, ensure_ascii=False, indent=1))
    else:
        _tell(found)
    if not is_well:
        raise SystemExit(1)


def _found(ctx: click.Context) -> Mapping[str, Finding]:
    """Examine the desk of the environment; settings that no desk starts with are a finding as well."""
    root = ctx.find_root().command
    if not isinstance(root, DeskGroup):
        return examine()
    try:
        app = root.factory()
    except InvalidSetting as error:
        return {"settings": act(str(error), "docs/settings.md")}
    with app.app_context():
        return examine()


def _row(name: str, finding: Finding) -> dict[str, str]:
    return {
        "check": name,
        "state": finding.state,
        "sentence": finding.sentence,
        "advice": finding.advice,
    }


def _tell(found: Mapping[str, Finding]) -> None:
    width = max(map(len, found))
    for name, finding in found.items():
        click.echo(f"{MARKS[finding.state]}  {name:<{width}}  {finding.sentence}")
        if finding.advice:
            click.echo(f"{'':<{width + 8}}{finding.advice}")
