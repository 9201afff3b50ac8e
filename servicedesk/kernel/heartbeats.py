"""Signs of life: who is at work, and whether a process of this machine still is."""

import os
import secrets
import socket
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from sqlalchemy import String, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from servicedesk.kernel import clock
from servicedesk.kernel.db import Base, session, transaction

EVERY_SECONDS = 10
FORGOTTEN_AFTER = timedelta(days=1)


class Heartbeat(Base):
    """One running process; `name` as process_name() gives it, `role` is worker, scheduler or relay."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    role: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]


def process_name(pid: int | None = None, token: str | None = None) -> str:
    """Return a name that no other process has: machine, process id (None: this one), a random token."""
    return f"{_machine()}:{pid or os.getpid()}:{token or secrets.token_hex(4)}"


def is_gone(name: str) -> bool:
    """Say whether the process of that name ran on this machine and is certainly over."""
    machine, pid, _random = name.split(":")
    if machine != _machine():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return False


def beat(name: str, role: str) -> None:
    """Record that the process is alive; forget those that have been silent for long."""
    now = clock.now()
    with transaction() as current:
        current.execute(
            delete(Heartbeat).where((Heartbeat.name == name) | (Heartbeat.at < now - FORGOTTEN_AFTER))
        )
        current.add(Heartbeat(name=name, role=role, at=now))


def stop_beating(name: str) -> None:
    """Forget a process that ends in good order."""
    with transaction() as current:
        current.execute(delete(Heartbeat).where(Heartbeat.name == name))


def last_beat(role: str) -> datetime | None:
    """Return when a process of that role was last heard of."""
    return session().scalar(select(func.max(Heartbeat.at)).where(Heartbeat.role == role))


def _machine() -> str:
    """Return a word for where process ids mean the same: host, boot and process namespace."""
    parts = [socket.gethostname()]
    boot, namespace = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")
    if boot.exists() and namespace.is_symlink():
        parts += [boot.read_text("ascii"), str(namespace.readlink())]
    return sha256("\n".join(parts).encode()).hexdigest()[:12]
