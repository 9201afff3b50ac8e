"""zone data of calendar versions.

Revision ID: 5b1d90c7e2fa
Revises: c9f2b6704e1a
Create Date: 2026-12-01 15:00:00.000000+00:00
"""

import json
from base64 import b64encode
from importlib import metadata, resources

import sqlalchemy as sa
from alembic import op

revision = "5b1d90c7e2fa"
down_revision = "c9f2b6704e1a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kept = op.create_table(
        "calendar_zone_data",
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("tzdata_version", sa.String(length=16), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("zone", "tzdata_version", name=op.f("pk_calendar_zone_data")),
    )
    # Versions that were published with an older release stay without: what it said is not known any more.
    installed = metadata.version("tzdata")
    published = sa.text("SELECT document FROM calendar_version WHERE tzdata_version = :installed")
    documents = op.get_bind().scalars(published, {"installed": installed})
    zones = {name for document in documents for name in _zones_in(json.loads(document))}
    rows = [{"zone": name, "tzdata_version": installed, "data": _data(name)} for name in sorted(zones)]
    if rows:
        op.bulk_insert(kept, rows)


def downgrade() -> None:
    op.drop_table("calendar_zone_data")


def _zones_in(document: dict) -> set[str]:
    if "all_of" in document:
        return {name for part in document["all_of"] for name in _zones_in(part)}
    return {document["tz"]}


def _data(name: str) -> str:
    file = resources.files("tzdata").joinpath("zoneinfo", *name.split("/"))
    return b64encode(file.read_bytes()).decode("ascii")
