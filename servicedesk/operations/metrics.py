"""`/metrics`: how the desk is doing, in the text format of Prometheus.

Counts of requests are this process's own: a monitor asks each web process and adds them up. What stands in
the database is read at most every few seconds, however many ask.
"""

import hmac
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from ipaddress import ip_address
from threading import Lock

from flask import Flask, Response, current_app, g, request
from flask.typing import ResponseReturnValue
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import QueuePool
from sqlalchemy.exc import SQLAlchemyError

from servicedesk.kernel import logs, schema
from servicedesk.kernel.db import db, is_postgresql, session
from servicedesk.kernel.errors import NotAllowed
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.links import parts_of
from servicedesk.kernel.this_desk import the_settings
from servicedesk.operations.figures import figures

KEPT_SECONDS = 5.0
# From what nobody notices to what everybody notices; the budgets of pages lie at 0.15 to 0.5.
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 10.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "X-Real-IP")

View = Callable[[], ResponseReturnValue]

log = logs.logger(__name__)


class Metrics:
    """What one process shows; each app has one."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "desk_requests",
            "Requests answered by this process.",
            ["rule", "method", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "desk_request_seconds",
            "How long answers of this process took.",
            ["rule", "method"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        ProcessCollector(registry=self.registry)
        self.registry.register(_Pool())
        self.registry.register(_Stored())

    def count(self, response: Response) -> Response:
        """Count an answered request. The rule stands for the path, which would be a label without end."""
        rule = request.url_rule.rule if request.url_rule else "-"
        method = request.method if request.method in METHODS else "-"
        began = g.get("request_began")
        self.requests.labels(rule, method, f"{response.status_code // 100}xx").inc()
        if began is not None:
            self.seconds.labels(rule, method).observe(time.perf_counter() - began)
        return response


def init_app(app: Flask, *, open_to_all: Callable[[View], View]) -> None:
    """Count the requests of `app` and add /metrics; `open_to_all` marks a view that checks by itself."""
    disable_created_metrics()  # type: ignore[no-untyped-call]  # a third more lines, which nobody reads
    metrics = Metrics()
    app.extensions["desk_metrics"] = metrics
    app.after_request(metrics.count)
    app.add_url_rule("/metrics", "metrics.show", open_to_all(show))


def show() -> ResponseReturnValue:
    """Answer with all figures, to this machine or to whoever shows METRICS_TOKEN."""
    if not (_has_token() or _is_on_this_machine()):
        raise NotAllowed(
            "metrics.not_allowed",
            _("Figures are for this machine, or for whoever shows the token that METRICS_TOKEN sets."),
        )
    metrics: Metrics = current_app.extensions["desk_metrics"]
    return Response(generate_latest(metrics.registry), content_type=CONTENT_TYPE_LATEST)


def _has_token() -> bool:
    token = the_settings().metrics_token
    kind, _space, given = request.headers.get("Authorization", "").partition(" ")
    return (
        bool(token) and kind.lower() == "bearer" and hmac.compare_digest(given.encode(), str(token).encode())
    )


def _is_on_this_machine() -> bool:
    """Say whether the call is from here and for here; what a proxy on this machine passes on is not."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    host = parts_of(f"//{request.host}").hostname or ""
    return _is_loopback(request.remote_addr or "") and (host == "localhost" or _is_loopback(host))


def _is_loopback(text: str) -> bool:
    try:
        return ip_address(text).is_loopback
    except ValueError:
        return False


class _Pool(Collector):
    """Connections to the database that this process holds."""

    def collect(self) -> Iterator[Metric]:
        pool = db.engine.pool
        if isinstance(pool, QueuePool):
            name, purpose = "desk_database_connections", "Database connections of this process."
            family = GaugeMetricFamily(name, purpose, labels=["state"])
            family.add_metric(["in_use"], pool.checkedout())
            family.add_metric(["idle"], pool.checkedin())
            yield family

    def describe(self) -> list[Metric]:
        return []  # known only inside an app's context


class _Stored(Collector):
    """What stands in the database, and whether it answers."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.until = 0.0  # monotonic seconds
        self.kept: list[Metric] = []

    def collect(self) -> list[Metric]:
        with self.lock:
            if time.monotonic() >= self.until:
                self.kept = list(_read())
                self.until = time.monotonic() + KEPT_SECONDS
            return self.kept

    def describe(self) -> list[Metric]:
        return []


def _read() -> Iterator[Metric]:
    found: list[Metric] = []
    try:
        for figure in figures.values():
            family = GaugeMetricFamily(figure.name, figure.purpose, labels=figure.labels)
            for labels, value in figure.read().items():
                family.add_metric(labels, value)
            found.append(family)
        found.append(_build(schema.revision_in_database()))
        is_up = True
    except SQLAlchemyError:
        log.exception("the database does not answer")
        session().rollback()
        is_up = False
    yield from found
    yield GaugeMetricFamily("desk_database_up", "1 while the database answers.", value=float(is_up))


def _build(revision: str | None) -> Metric:
    about = {
        "version": metadata.version("servicedesk"),
        "database": "postgresql" if is_postgresql() else "sqlite",
        "schema": revision or "-",
    }
    return InfoMetricFamily("desk_build", "What runs here.", value=about)
