"""A restore in the place of a desk: asked for, never under its feet, from older and newer versions (R120)."""

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from servicedesk.kernel import schema
from servicedesk.kernel.db import db
from servicedesk.kernel.errors import Refused
from servicedesk.kernel.heartbeats import beat
from servicedesk.operations import drafts
from servicedesk.operations.backup_cli import restore_command


def test_a_desk_that_is_not_empty_is_replaced_only_after_a_yes(app, archive, elsewhere, bring_back):
    desk = elsewhere()
    bring_back(archive, into=desk)

    with pytest.raises(Refused, match="not empty"):
        bring_back(archive, into=desk)
    with desk.app_context():
        no = CliRunner().invoke(restore_command, [str(archive), "--replace"], input="n\n")
        yes = CliRunner().invoke(restore_command, [str(archive), "--replace"], input="y\n")

    assert "and 2 requests. They will be gone. Go on?" in no.output
    assert (no.exit_code, yes.exit_code) == (1, 0)
    assert "Restored:" in yes.output


def test_a_desk_at_work_is_not_replaced(app, archive, elsewhere, bring_back):
    desk = elsewhere()
    bring_back(archive, into=desk)
    with desk.app_context():
        beat("m:1:a", "worker")

    with pytest.raises(Refused, match="still running"):
        bring_back(archive, into=desk, replace=True)


def test_a_database_that_somebody_has_open_is_not_replaced(archive, elsewhere, bring_back, monkeypatch):
    monkeypatch.setattr(drafts, "WAIT_FOR_LOCKS", "50ms")
    desk = elsewhere()
    bring_back(archive, into=desk)
    with desk.app_context():
        other = sa.create_engine(db.engine.url, poolclass=sa.NullPool)

    with other.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM ticket")
        with pytest.raises(Refused, match="still running"):
            bring_back(archive, into=desk, replace=True)

    bring_back(archive, into=desk, replace=True)


def test_a_backup_of_an_older_schema_is_brought_up_to_date(
    app, archive, elsewhere, bring_back, newer_version
):
    desk = elsewhere()

    bring_back(archive, into=desk)

    with desk.app_context(), db.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == newer_version
        assert connection.exec_driver_sql("SELECT count(later) FROM branch").scalar() == 0
        assert connection.exec_driver_sql("SELECT count(*) FROM ticket").scalar() == 2


def test_going_back_from_a_newer_version_leaves_none_of_its_tables(archive, elsewhere, bring_back):
    desk = elsewhere()
    bring_back(archive, into=desk)
    with desk.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE later (ticket_id BIGINT REFERENCES ticket (id))")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'later'")

    bring_back(archive, into=desk, replace=True)

    with desk.app_context():
        assert "later" not in sa.inspect(db.engine).get_table_names()
        assert schema.is_current()
