"""Mail in tests: run the jobs that send it, read what lies in the outbox, and a mail server that obeys."""

import email
import email.policy
import re
import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

from flask import current_app

from servicedesk.channels.outbox import kept
from servicedesk.kernel import job_queue
from servicedesk.kernel.db import session
from servicedesk.kernel.worker import attempt


def run_jobs(*kinds: str) -> int:
    """Run the jobs of these kinds that are due, as the worker does; return how many there were."""
    app, count = current_app._get_current_object(), 0
    session().rollback()
    wanted = job_queue.Kinds(only=frozenset(kinds))
    while claims := job_queue.claim("tests", limit=50, lease_seconds=60, kinds=wanted):
        for claim in claims:
            attempt(app, claim)
        count += len(claims)
    session().rollback()
    session().expire_all()
    return count


def send_mails() -> list[EmailMessage]:
    """Let every mail that is due leave, and return those that lie in the outbox, the newest first."""
    run_jobs("mail.send")
    return [read(path.read_bytes()) for path in kept()]


def read(raw: bytes) -> EmailMessage:
    """Return a mail as a program of its recipient reads it."""
    found = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    assert found.defects == []
    return found


def text_of(mail: EmailMessage) -> str:
    """Return the plain text of a mail."""
    part = mail.get_body(("plain",))
    assert part is not None
    return part.get_content().replace("\r\n", "\n")


def link_in(mail: EmailMessage) -> str:
    """Return the path of the one link in a mail."""
    [found] = re.findall(r"^http://localhost(/\S+)$", text_of(mail), re.MULTILINE)
    return found


@dataclass
class MailSink:
    """A mail server on this machine. `says` maps a command to what it answers instead of its usual word."""

    port: int
    says: Mapping[str, str] = field(default_factory=dict)
    taken: list[bytes] = field(default_factory=list)
    envelopes: list[str] = field(default_factory=list)


USUAL = {"EHLO": "250 sink", "QUIT": "221 bye", "DATA": "354 go on"}


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        sink: MailSink = self.server.sink  # type: ignore[attr-defined]
        self.say(sink.says.get("CONNECT", "220 sink"))
        while line := self.rfile.readline():
            command = line.split()[0].decode().upper()
            if command in ("MAIL", "RCPT"):
                sink.envelopes.append(line.decode().strip())
            answer = sink.says.get(command, USUAL.get(command, "250 fine"))
            self.say(answer)
            if command == "DATA" and answer.startswith("354"):
                sink.taken.append(self.body())
                self.say(sink.says.get("BODY", "250 kept"))
            if command == "QUIT":
                return

    def body(self) -> bytes:
        lines = iter(self.rfile.readline, b".\r\n")
        return b"".join(line.removeprefix(b".") if line.startswith(b"..") else line for line in lines)

    def say(self, answer: str) -> None:
        self.wfile.write(f"{answer}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = True


@contextmanager
def mail_sink(**says: str) -> Iterator[MailSink]:
    """Run a mail server until the block ends: `mail_sink(RCPT="550 nobody")`."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        sink = MailSink(server.server_address[1], says)
        server.sink = sink  # type: ignore[attr-defined]
        running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        running.start()
        try:
            yield sink
        finally:
            server.shutdown()
            running.join()
