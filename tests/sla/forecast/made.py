"""Incidents made by rule and chance, so that a forecast has something to find; nobody's data."""

import csv
import io
import random
from datetime import UTC, datetime, timedelta

HEAD = (
    *("number", "opened_at", "category", "assignment_group", "priority", "caller_id", "assigned_to"),
    *("first_event_at", "resolve_hours", "breached", "resolved_at"),
)
BEGAN = datetime(2026, 3, 2, 8, tzinfo=UTC)


def made_rows(count, *, seed=7, first=0):
    """Return rows, twenty a day: half are mail and quick, half are networks and often late."""
    chance = random.Random(f"{seed}/{first}")
    return [made_row(place, chance) for place in range(first, first + count)]


def made_row(place, chance):
    opened = BEGAN + timedelta(minutes=72 * place)
    slow = chance.random() < 0.5
    hours = round(chance.expovariate(1 / (40 if slow else 6)), 3)
    values = (
        f"M{place:05}",
        opened,
        "network" if slow else "mail",
        chance.choice(("north", "south")),
        chance.choice(("2 - High", "3 - Moderate")),
        f"caller {chance.randrange(900)}",
        f"person {chance.randrange(20)}",
        opened + timedelta(minutes=chance.randrange(9)),
        hours,
        int(hours > 24),
        opened + timedelta(hours=hours),
    )
    return dict(zip(HEAD, map(str, values), strict=True))


def as_csv(rows, *, without=()):
    """Return rows as the text of a file, some columns left out."""
    names = [name for name in HEAD if name not in without]
    text = io.StringIO()
    writer = csv.DictWriter(text, names, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
