"""The command line of forecasts: measured on files, trained on the desk's own history."""

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from servicedesk.identity.actor import system_actor
from servicedesk.kernel.refs import Cause
from sla.forecast.evaluation import Evaluation, Forecasts, evaluate, forecast
from sla.forecast.incident_file import Incidents, NotIncidents, read_incidents
from sla.forecast.telling import tell
from sla.forecast.training import TooLittleHistory

OPERATOR = system_actor(Cause("operator"))

_file = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group("forecast")
def forecast_group() -> None:
    """Tell how likely promises are to be broken."""


@forecast_group.command("evaluate")
@click.option("--train", "known", type=_file, required=True, help="Incidents to learn from: CSV or CSV.gz.")
@click.option("--test", "unseen", type=_file, required=True, help="Incidents filed later, to forecast.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the forecasts there.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def evaluate_files(known: Path, unseen: Path, out: Path | None, *, as_json: bool) -> None:
    """Learn from one file, forecast the other, and compare; no desk is needed or touched.

    What was resolved only after the first incident of the second file counts as still running. Columns of
    OUT: number, hours (the median of what is foretold from filing to resolving), p_breach.
    """
    try:
        history, asked = read_incidents(known, for_training=True), read_incidents(unseen, for_training=False)
        told = forecast(history, asked)
    except NotIncidents as error:
        raise click.ClickException(str(error)) from None
    except TooLittleHistory as error:
        raise click.ClickException(
            f"{known.name}: too little to learn from before the first incident of {unseen.name}: {error}."
        ) from None
    if out:
        _write(out, asked, told)
    found = evaluate(history, asked, told)
    if as_json:
        click.echo(json.dumps(asdict(found), indent=1))
    else:
        _say(found)


@forecast_group.command("train")
def train() -> None:
    """Learn from the desk's own clocks, try it, and let it tell; the worker does it every day."""
    from sla.forecast.runs import train_forecast

    try:
        trained = train_forecast(OPERATOR)
    except TooLittleHistory as error:
        raise click.ClickException(f"There is too little history: {error}.") from None
    found = trained.trial
    click.echo(f"Forecast {trained.number}: {found.clocks} clocks tried, {found.asked} forecasts")
    click.echo(
        f"Brier score {_number(found.brier)}, of the base rate {_number(found.of_base_rate)},"
        f" of the share of target used {_number(found.of_share_used)}"
    )
    click.echo("It is shown." if found.is_better else f"It is not shown: {found.reason}.")


@forecast_group.command("tell")
def tell_now() -> None:
    """Tell open clocks how likely they miss; the worker does it every few seconds."""
    click.echo(f"{tell()} tickets")


def _write(path: Path, asked: Incidents, told: Forecasts) -> None:
    rows = zip(asked.numbers, told.hours[:, 1].tolist(), told.risk.tolist(), strict=True)
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("number", "hours", "p_breach"))
            writer.writerows((number, f"{hours:.3f}", f"{risk:.5f}") for number, hours, risk in rows)
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from None


def _say(found: Evaluation) -> None:
    lines: Sequence[tuple[str, str]] = (
        ("forecast, learned from (of them still running)",
         f"{found.rows}, {found.learned_from} ({found.still_running})"),
        ("said to miss on average, missed", f"{_share(found.said)}, {_share(found.missed)}"),
        ("Brier score, of the base rate", f"{_number(found.brier)}, {_number(found.brier_of_base_rate)}"),
        ("base rate, Brier score below that of it by", f"{_share(found.base_rate)}, {_share(found.gain)}"),
        ("AUROC", _number(found.auroc)),
        ("80 % ranges of resolve_hours hold", _share(found.coverage)),
        ("calibration error", _number(found.calibration_error)),
    )  # fmt: skip
    for name, value in lines:
        click.echo(f"{name}: {value}")
    for each in found.reliability:
        said = f"{_share(each.low)} to {_share(each.high)}"
        click.echo(f"  {said:>20} {each.count:>6}  said {_share(each.said)}, came {_share(each.came)}")


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"
