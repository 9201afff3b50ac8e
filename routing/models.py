"""Tables of routing. Columns only.

A proposal is a cache of the ticket's `routing_decided` event and of what people did since; versions of
models and of rules never change once they are there.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from servicedesk.kernel.db import Base, Id

ACTIVE = text("is_active")


class ModelVersion(Base):
    """A trained model: `digest` names its folder in the shared store, `card` is its card as JSON.

    `target` is what it predicts: category, item or group. One version is active at most.
    """

    __tablename__ = "model_version"
    __table_args__ = (
        UniqueConstraint("number"),
        Index(
            "uq_model_version_active", "is_active", unique=True, sqlite_where=ACTIVE, postgresql_where=ACTIVE
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    target: Mapped[str] = mapped_column(String(8))
    threshold: Mapped[float | None]
    rows: Mapped[int]
    card: Mapped[str] = mapped_column(Text)
    trained_at: Mapped[datetime]
    is_active: Mapped[bool]


class RoutingRule(Base):
    """An explicit rule under a lasting key; rules are tried in the order of `position`, before any model.

    `owner_id` answers for it. `number` is the version in force.
    """

    __tablename__ = "routing_rule"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    position: Mapped[int] = mapped_column(unique=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    number: Mapped[int]
    is_active: Mapped[bool] = mapped_column(default=True)
    row_version: Mapped[int] = mapped_column(default=1)


class RoutingRuleVersion(Base):
    """What a rule says; never changed. `condition` is JSON of the desk's condition language.

    A rule sends somewhere: to a group, to a category (and that one's group), or both.
    """

    __tablename__ = "routing_rule_version"
    __table_args__ = (
        UniqueConstraint("rule_id", "number"),
        CheckConstraint("group_id is not null or category_id is not null", name="sends"),
        CheckConstraint("urgency between 1 and 3", name="urgency"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    rule_id: Mapped[int] = mapped_column(ForeignKey("routing_rule.id"))
    number: Mapped[int]
    condition: Mapped[str] = mapped_column(Text)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("assignment_group.id"))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    urgency: Mapped[int | None]
    created_at: Mapped[datetime]


class RoutingProposal(Base):
    """What was proposed for a ticket, by what, and what became of it. One row per ticket.

    `candidates` is JSON: [label, probability] up to three times; labels are keys of `target`. `reasons`
    and `urgency_reasons` are JSON lists of words of the request; they are emptied when its text is erased.
    `routed`: it was acted on at once. `corrected_to` is the label that a person chose instead.
    """

    __tablename__ = "routing_proposal"
    __table_args__ = (Index("ix_routing_proposal_model", "decided_by", "version", "routed"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True, autoincrement=False)
    decided_by: Mapped[str] = mapped_column(String(12))
    source_id: Mapped[str | None] = mapped_column(String(64))
    version: Mapped[int | None]
    target: Mapped[str] = mapped_column(String(8))
    candidates: Mapped[str] = mapped_column(Text)
    reasons: Mapped[str] = mapped_column(Text)
    label: Mapped[str | None] = mapped_column(String(64))
    confidence: Mapped[float | None]
    is_sure: Mapped[bool]
    routed: Mapped[bool]
    urgency: Mapped[int | None]
    urgency_reasons: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    corrected_to: Mapped[str | None] = mapped_column(String(64))
