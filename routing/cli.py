"""Commands of routing on the command line: training, measuring, and filing a sample as a customer would."""

import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import cast

import click

from routing.core.model import ModelCard, Target
from routing.core.training import TooLittleHistory
from routing.evaluation import Evaluation, evaluate, peak_megabytes
from routing.filing_client import Customer, NotServed, over_http
from routing.filing_sample import SampleResult, file_rows, result_of, wait_until_decided
from routing.labelled import LabelledTexts, NotLabelled, labelled_texts
from routing.training_runs import SEED, Trained, train_on, train_on_history
from routing.versions import activate_model, model_rows
from servicedesk.identity.actor import Actor, system_actor
from servicedesk.kernel.folding import fold_text
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.refs import Cause
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.catalogue import categories
from servicedesk.tickets.importing.references import known_names

SET = "it_tickets"
TRAIN_FILE, DEV_FILE = f"{SET}.train.csv.gz", f"{SET}.dev.csv.gz"
SIGN_INS = "demo-sign-ins.json"  # role, email and password of the demo's people, in the data folder
OPERATOR = system_actor(Cause("operator"))

_folder = click.Path(path_type=Path, exists=True, file_okay=False)
_file = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group("routing")
def routing_group() -> None:
    """Where requests go by themselves."""


@routing_group.command("train")
@click.option("--data", "folder", type=_folder, help=f"Learn from {TRAIN_FILE} there, not from the desk.")
@click.option(
    "--target", type=click.Choice(["category", "item", "group"]), default="category", show_default=True
)
def train_model(folder: Path | None, *, target: str) -> None:
    """Train on the finished requests of the desk; the new model answers from then on."""
    began = perf_counter()
    try:
        trained = (
            _from_folder(OPERATOR, folder) if folder else train_on_history(OPERATOR, cast(Target, target))
        )
    except TooLittleHistory:
        raise click.ClickException(
            _("There is too little history: at least two categories need eight finished requests each.")
        ) from None
    _say_trained(trained, perf_counter() - began)


@routing_group.command("models")
def list_models() -> None:
    """List the models there are; the one that answers has a star."""
    for row in model_rows():
        star = "*" if row.is_active else " "
        trained = f"{row.trained_at:%Y-%m-%d %H:%M}"
        click.echo(f"{star} {row.number}  {trained}  {row.target}  {row.rows}  {row.digest[:12]}")


@routing_group.command("activate")
@click.argument("number", type=int)
def activate(number: int) -> None:
    """Let an earlier model answer again."""
    activate_model(OPERATOR, number)
    click.echo(_("Model %(number)s answers from now on.", number=number))


@routing_group.command("evaluate")
@click.option("--data", "folder", type=_folder, required=True, help="Folder of the files.")
@click.option("--set", "name", default=SET, show_default=True, help="NAME.train.csv.gz and NAME.dev.csv.gz.")
@click.option("--seed", type=int, default=SEED, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def evaluate_files(folder: Path, name: str, *, seed: int, as_json: bool) -> None:
    """Train on one file, measure on the other; the desk itself is not touched."""
    known, unseen = (_labelled(folder / f"{name}.{part}.csv.gz") for part in ("train", "dev"))
    with tempfile.TemporaryDirectory() as store:
        found = evaluate(known, unseen, store=Path(store), seed=seed)
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False, indent=1))
    else:
        _say_evaluation(found, len(known.texts))


@routing_group.command("file-sample")
@click.option("--data", "folder", type=_folder, required=True, help=f"Folder of {DEV_FILE}.")
@click.option("--rows", type=click.IntRange(1), default=500, show_default=True)
@click.option("--url", default=None, help="Address of the running desk.  [default: BASE_URL]")
@click.option(
    "--sign-ins", type=_file, default=None, help=f"JSON of sign-ins.  [default: {SIGN_INS} in DATA_DIR]"
)
@click.option("--role", default="customer", show_default=True, help="Whose sign-in to use.")
@click.option(
    "--wait", "seconds", type=float, default=300, show_default=True, help="Seconds to wait for routing."
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def file_sample(
    folder: Path,
    rows: int,
    url: str | None,
    *,
    sign_ins: Path | None,
    role: str,
    seconds: float,
    as_json: bool,
) -> None:
    """File rows of the development part through the portal and say what routing did with them."""
    unseen = _labelled(folder / DEV_FILE)
    email, password = _sign_in(sign_ins or the_settings().data_dir / SIGN_INS, role)
    customer = Customer(over_http(url or the_settings().base_url))
    chosen = list(zip(unseen.texts, unseen.labels, strict=True))[:rows]
    try:
        customer.sign_in(email, password)
        with click.progressbar(length=len(chosen), label=_("Filing"), file=sys.stderr) as bar:
            filed = file_rows(customer, chosen, filed_one=lambda: bar.update(1))
    except NotServed as error:
        raise click.ClickException(str(error)) from None
    wait_until_decided(filed, seconds=seconds)
    result = result_of(filed)
    if as_json:
        figures = {"precision": result.precision, "coverage": result.coverage}
        click.echo(json.dumps({**asdict(result), **figures}, indent=1))
    else:
        _say_sample(result)


def _from_folder(actor: Actor, folder: Path) -> Trained:
    """Train on the file; its labels must be names of categories that the desk has."""
    known = _labelled(folder / TRAIN_FILE)
    _groups, by_name = known_names()
    missing = sorted({label for label in known.labels if fold_text(label) not in by_name})
    if missing:
        raise click.ClickException(
            _("The desk has no category %(names)s. Import the file first, with --create-missing.",
              names=", ".join(missing[:10]))
        )  # fmt: skip
    labels = [categories()[by_name[fold_text(label)]].key for label in known.labels]
    return train_on(actor, LabelledTexts(known.texts, labels), "category")


def _labelled(path: Path) -> LabelledTexts:
    try:
        return labelled_texts(path)
    except (NotLabelled, OSError) as error:
        raise click.ClickException(_("The file cannot be used: %(why)s.", why=str(error))) from None


def _sign_in(path: Path, role: str) -> tuple[str, str]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return next((str(row["email"]), str(row["password"])) for row in rows if row["role"] == role)
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        raise click.ClickException(
            _("There is no sign-in of a %(role)s in %(file)s. Load the demo desk, or use --sign-ins.",
              role=role, file=path)
        ) from None  # fmt: skip


def _say_trained(trained: Trained, seconds: float) -> None:
    card = trained.card
    click.echo(
        _("Model %(number)s: %(rows)s requests, %(labels)s labels, %(seconds)s s, %(memory)s MB at most.",
          number=trained.number, rows=card.rows, labels=len(card.labels),
          seconds=round(seconds), memory=round(peak_megabytes()))
    )  # fmt: skip
    _say_card(card)


def _say_card(card: ModelCard) -> None:
    figures = card.out_of_fold
    if card.threshold is None:
        click.echo(
            _("It only proposes: no threshold keeps a precision of %(goal)s.", goal=card.precision_goal)
        )
    else:
        click.echo(
            _("On its own rows, each unseen: routes %(coverage)s from probability %(threshold)s on, "
              "%(precision)s of them rightly; first candidate right in %(accuracy)s.",
              coverage=_share(figures.coverage), threshold=f"{card.threshold:.3f}",
              precision=_share(figures.precision), accuracy=_share(figures.accuracy))
        )  # fmt: skip
    for label in figures.labels:
        click.echo(f"  {_share(label.precision):>7}  {label.routed:>6} / {label.rows:<6}  {label.label}")
    if card.left_out:
        click.echo(_("Too few requests to learn: %(names)s.", names=", ".join(card.left_out)))


def _say_evaluation(found: Evaluation, known_rows: int) -> None:
    figures = found.figures
    _say_card(found.card)
    lines = (
        (_("rows learned from, rows measured on"), f"{known_rows}, {figures.rows}"),
        (_("precision where routed"), _share(figures.precision)),
        (_("coverage"), _share(figures.coverage)),
        (_("first candidate right"), _share(figures.accuracy)),
        (_("macro-F1"), f"{figures.macro_f1:.3f}"),
        (
            _("macro-F1 of keyword rules, of the commonest label"),
            f"{found.keyword_f1:.3f}, {found.majority_f1:.3f}",
        ),
        (_("calibration error"), f"{figures.calibration_error:.3f}"),
        (
            _("training, processor seconds and MB at most"),
            f"{found.training_seconds:.0f}, {found.peak_megabytes:.0f}",
        ),
        (_("model file, MB"), f"{found.model_bytes / 1e6:.1f}"),
        (
            _("one proposal, p50 and p95 in processor ms"),
            f"{found.median_milliseconds:.1f}, {found.slowest_milliseconds:.1f}",
        ),
    )
    for name, value in lines:
        click.echo(f"{name}: {value}")


def _say_sample(result: SampleResult) -> None:
    lines = (
        (_("filed through the portal"), str(result.filed)),
        (_("routed"), f"{result.routed} ({_share(result.coverage)})"),
        (_("precision of the routed"), f"{result.right} / {result.routed} ({_share(result.precision)})"),
        (_("left in triage"), str(result.decided - result.routed)),
        (_("not looked at in time"), str(result.filed - result.decided)),
        (_("first candidate right, one of three right"), f"{result.first_right}, {result.in_three}"),
        (_("filing, p50 and p95 in ms"), f"{result.filing[0]:.0f}, {result.filing[1]:.0f}"),
        (
            _("proposal while typing, p50 and p95 in ms"),
            f"{result.proposal[0]:.0f}, {result.proposal[1]:.0f}",
        ),
    )
    for name, value in lines:
        click.echo(f"{name}: {value}")


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"
