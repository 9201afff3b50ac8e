"""What the database knows of its tables' contents, which decides how it looks things up."""

from sqlalchemy import text

from servicedesk.kernel.db import session


def refresh() -> None:
    """Let the database count its rows anew: after many came at once, its plans are those for empty tables.

    Nobody may have a transaction of the present context open. SQLite looks at a sample of each index only.
    """
    current = session()
    current.rollback()
    if current.get_bind().dialect.name == "sqlite":
        current.execute(text("PRAGMA analysis_limit=1000"))
    current.execute(text("ANALYZE"))
    current.commit()
