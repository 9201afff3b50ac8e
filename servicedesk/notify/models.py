"""The table of notices: what is to be told to whom. Columns only."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from servicedesk.kernel.db import Base, Id

WAITING = text("digest_id is null")


class Notice(Base):
    """One thing to tell one person, once: `key` says what it is, so that nothing is told twice.

    `facts` (JSON) are numbers only; the words are found when the letter is written. It waits until
    `deliver_at`, then goes into a digest, which is named after the first of its notices.
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index(
            "ix_notice_waiting",
            "person_id",
            "deliver_at",
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
        Index("ix_notice_digest", "person_id", "digest_id"),
        Index("ix_notice_sent", "sent_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(40))
    facts: Mapped[str] = mapped_column(Text)
    deliver_at: Mapped[datetime]
    created_at: Mapped[datetime]
    digest_id: Mapped[int | None] = mapped_column(Id)
    sent_at: Mapped[datetime | None]
