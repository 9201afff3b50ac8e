"""The anchor: five pages without sign-in, permission, log or translation, the least our stack can cost."""

import os
import sqlite3
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from flask import Flask, redirect, render_template, request
from sqlalchemy import create_engine, select
from werkzeug.wrappers import Response

from benchmarks.anchor.tables import ticket

Row = Sequence[Any]

QUEUE = """
    SELECT id, subject, priority, requester, assignee, due_at, updated_at FROM anchor_ticket
    WHERE status = 'open' ORDER BY due_at, id LIMIT 50
"""
TICKET = (
    "SELECT id, subject, priority, requester, assignee, due_at, updated_at FROM anchor_ticket WHERE id = ?"
)
MESSAGES = "SELECT author, at, text FROM anchor_message WHERE ticket_id = ? ORDER BY id"
FILE = """
    INSERT INTO anchor_ticket (subject, status, queue, met, priority, requester, assignee, due_at, updated_at)
    VALUES (?, 'open', 'Queue 1', 0, 3, 'Requester', 'Agent', ?, ?) RETURNING id
"""
# A monthly report as one writes it first: the whole table, grouped.
REPORT = """
    SELECT {month} AS month, queue, count(*), sum(met) FROM anchor_ticket
    GROUP BY month, queue ORDER BY month, queue
"""
MONTH_OF = {True: "strftime('%Y-%m', updated_at)", False: "to_char(updated_at, 'YYYY-MM')"}
ANSWER = "INSERT INTO anchor_message (ticket_id, author, at, text) VALUES (?, 'Agent', ?, ?)"
WAIT = "UPDATE anchor_ticket SET status = ?, due_at = ?, updated_at = ? WHERE id = ?"


class Database:
    """One driver connection per thread, without pool, ORM or session."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self.local = threading.local()

    def rows(self, sql: str, *values: object) -> list[Row]:
        """Run one statement, committed by itself, and return its rows."""
        rows: list[Row] = self._run(sql, values).fetchall()
        return rows

    def write(self, *statements: tuple[str, Sequence[object]]) -> None:
        """Run statements in one transaction."""
        for sql, values in (("BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN", ()), *statements):
            self._run(sql, values)
        self._run("COMMIT", ())

    def _run(self, sql: str, values: Sequence[object]) -> Any:
        if not hasattr(self.local, "connection"):
            self.local.connection = self._connect()
        statement = sql if self.is_sqlite else sql.replace("?", "%s")
        return self.local.connection.execute(statement, values)

    def _connect(self) -> Any:
        if not self.is_sqlite:
            import psycopg

            return psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True)
        connection = sqlite3.connect(self.url.removeprefix("sqlite:///"), isolation_level=None, timeout=10)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "mmap_size=268435456"):
            connection.execute(f"PRAGMA {pragma}")
        return connection


def create_app() -> Flask:
    """Return the anchor on the database named by DATABASE_URL."""
    app, url = Flask(__name__), os.environ["DATABASE_URL"]
    database, engine = Database(url), create_engine(url)
    columns = [ticket.c[name] for name in ("id", "subject", "priority", "requester", "assignee", "due_at")]
    open_rows = select(*columns, ticket.c.updated_at).where(ticket.c.status == "open")
    queue_columns = open_rows.order_by(ticket.c.due_at, ticket.c.id).limit(50)

    @app.get("/queue")
    def queue() -> str:
        return render_template("queue.html", rows=database.rows(QUEUE))

    @app.get("/queue-columns")
    def queue_by_sqlalchemy() -> str:
        with engine.connect() as connection:
            return render_template("queue.html", rows=connection.execute(queue_columns).all())

    @app.get("/tickets/<int:ticket_id>")
    def show(ticket_id: int) -> str:
        row = database.rows(TICKET, ticket_id)[0]
        return render_template("ticket.html", row=row, messages=database.rows(MESSAGES, ticket_id))

    @app.post("/tickets")
    def file() -> Response:
        at = datetime.now(UTC).isoformat()
        [(ticket_id,)] = database.rows(FILE, request.form["subject"], at, at)
        return redirect(f"/tickets/{ticket_id}", 303)

    @app.post("/tickets/<int:ticket_id>/messages")
    def answer(ticket_id: int) -> Response:
        at = datetime.now(UTC).isoformat()
        said = (ticket_id, at, request.form["text"])
        database.write((ANSWER, said), (WAIT, ("waiting", at, at, ticket_id)))
        return redirect(f"/tickets/{ticket_id}", 303)

    _add_report(app, database)
    return app


def _add_report(app: Flask, database: Database) -> None:
    @app.get("/healthz")
    def health() -> str:
        return "ok"

    @app.get("/report")
    def report() -> str:
        rows = database.rows(REPORT.format(month=MONTH_OF[database.is_sqlite]))
        return "\n".join(",".join(map(str, row)) for row in rows)
