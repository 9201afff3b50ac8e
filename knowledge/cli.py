"""`servicedesk knowledge`: how well search finds what answers a question."""

from pathlib import Path
from time import perf_counter

import click

from knowledge.evaluation import AMONG, evaluate, read_questions, search_in_file, search_on_desk
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import ROLE_TEMPLATES
from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.this_desk import the_settings

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("knowledge")
def knowledge_group() -> None:
    """Articles: how well search does."""


@knowledge_group.command("evaluate")
@click.option("--data", "questions_file", type=FILE, required=True, help="CSV: query, article (id or title).")
@click.option(
    "--articles", type=FILE, help="CSV: article_id, title, body; else this desk's, as customers see it."
)
def evaluate_command(questions_file: Path, articles: Path | None) -> None:
    """Say how often the right article comes first, among the first three, and is suggested."""
    try:
        questions = read_questions(questions_file)
        suggestions, titles = None, None
        if articles is not None:
            search = search_in_file(articles)
        else:
            search, suggestions, titles = search_on_desk(_a_customer())
    except (Invalid, UnicodeDecodeError) as error:
        raise click.ClickException(str(getattr(error, "message", error))) from None
    begun = perf_counter()
    results = evaluate(questions, search, suggestions, titles)
    spent = perf_counter() - begun
    click.echo(
        f"{'language':10} {'questions':>9} {'first':>7} {f'first {AMONG}':>8}  suggested  wrongly suggested"
    )
    for row in results:
        asked, language = max(row.asked, 1), row.language or "all"
        told = f"{row.suggested / asked:9.3f}  {row.wrongly} of {row.without}" if suggestions else ""
        click.echo(f"{language:10} {row.asked:9} {row.first / asked:7.3f} {row.among / asked:8.3f}  {told}")
    asked = max(sum(row.asked for row in results), 1)
    click.echo(
        f"{'together':10} {asked:9} {sum(row.first for row in results) / asked:7.3f}"
        f" {sum(row.among for row in results) / asked:8.3f}"
    )
    click.echo(f"{spent * 1000 / max(len(questions), 1):.2f} ms per question")


def _a_customer() -> Actor:
    """Return somebody with the rights of a customer, and nothing of their own."""
    scope, permissions = ROLE_TEMPLATES["customer"]
    grants = {permission: frozenset({scope}) for permission in permissions}
    return Actor(kind="person", grants=grants, language=the_settings().language, is_customer=True)
