"""The clocks of those behind the promise: a team that has to take a request, a supplier that has it (3.2)."""

from servicedesk.tickets.core.statuses import BY_KEY
from sla.core.clock import fold
from sla.core.events import (
    TYPES,
    AgreementAssigned,
    Assigned,
    Created,
    Effect,
    StatusRule,
    TargetInForce,
    VendorTurn,
)
from sla.core.exchange import answer
from tests.sla.worklog import NIGHT_AND_DAY, STATUSES, at, event, status

SUPPLIED = {**STATUSES, "supplier": StatusRule("waiting", {"vendor": Effect.RUNS, "assignment": Effect.RUNS})}


def targets(when, assignment=3600, vendor=7200, **rest):
    measured = {
        "assignment": TargetInForce(assignment, NIGHT_AND_DAY),
        "vendor": TargetInForce(vendor, NIGHT_AND_DAY),
    }
    return event(AgreementAssigned, when, agreement_version_id=1, rule="all", targets=measured, **rest)


def filed(when="09:00", *, is_owned=False):
    return [event(Created, when, status="open", group=1, is_owned=is_owned), targets(when)]


def given(when, group=1, *, is_owned=False, **rest):
    return event(Assigned, when, group=group, is_owned=is_owned, **rest)


def told(*parts, now, kind="assignment"):
    log = [each for part in parts for each in (part if isinstance(part, list) else [part])]
    found = fold(log, statuses=SUPPLIED, now=at(now))
    return [(each.state, each.elapsed_seconds) for each in found if each.kind == kind]


def test_a_team_has_taken_a_request_when_somebody_of_it_owns_it():
    assert told(filed(), given("09:40", is_owned=True), now="12:00") == [("met", 2400)]


def test_a_request_that_nobody_takes_is_late():
    assert told(filed(), now="10:30") == [("overdue", 5400)]


def test_each_stay_in_a_team_is_a_cycle_of_its_own():
    log = [*filed(), given("09:20", 2), given("11:00", 1), given("11:10", 1, is_owned=True)]

    assert told(log, now="12:00") == [("met", 1200), ("missed", 6000), ("met", 600)]


def test_who_puts_a_request_down_again_begins_no_second_cycle_of_the_stay():
    log = [*filed(), given("09:10", is_owned=True), given("09:30"), given("10:00", is_owned=True)]

    assert told(log, now="12:00") == [("met", 600)]


def test_a_request_that_comes_with_an_owner_waits_for_nobody():
    assert told(filed(is_owned=True), given("09:30", 2, is_owned=True), now="12:00") == []


def test_the_stay_that_ends_is_judged_by_the_target_of_the_team_that_lets_go():
    moved = [given("09:30", 2, save="m"), targets("09:30", assignment=60, save="m")]

    assert told(filed(), moved, now="09:30:30") == [("met", 1800), ("running", 30)]


def test_an_owner_is_judged_by_the_target_that_the_save_leaves_behind():
    raised = [given("09:30", is_owned=True, save="m"), targets("09:30", assignment=60, save="m")]

    assert told(filed(), raised, now="12:00") == [("missed", 1800)]


def test_a_request_that_is_done_needs_no_owner_any_more():
    assert told(filed(), status("09:10", "resolved"), now="12:00") == [("met", 600)]


def test_a_teams_wait_rests_with_the_customer():
    log = [*filed(), status("09:10", "pending"), status("11:10", "open")]

    assert told(log, now="11:20") == [("running", 1200)]


def test_the_supplier_has_a_cycle_for_each_time_that_it_has_the_request():
    log = [*filed(), status("10:00", "supplier"), status("11:00", "open")]
    log += [status("12:00", "supplier"), status("15:00", "resolved")]

    assert told(log, now="16:00", kind="vendor") == [("met", 3600), ("missed", 10_800)]


def test_a_supplier_is_told_by_events_where_no_status_says_so():
    log = [*filed(), event(VendorTurn, "10:00", is_out=True), status("10:30", "pending")]
    log += [event(VendorTurn, "11:00", is_out=False)]

    assert told(log, now="16:00", kind="vendor") == [("met", 3600)]


def test_a_supplier_may_not_keep_a_request_that_is_done():
    log = [*filed(), event(VendorTurn, "10:00", is_out=True), status("10:30", "resolved")]

    assert told(log, status("11:00", "open"), now="16:00", kind="vendor") == [("met", 1800)]


def test_a_withdrawn_request_cancels_what_was_agreed_inside():
    log = [*filed(), status("09:30", "supplier"), status("10:00", "withdrawn")]

    assert told(log, now="12:00") + told(log, now="12:00", kind="vendor") == [
        ("cancelled", 3600),
        ("cancelled", 1800),
    ]


def test_only_waiting_for_the_supplier_runs_the_suppliers_clock():
    runs = [key for key, status in BY_KEY.items() if status.clocks["vendor"] in ("runs", "paused")]

    assert runs == ["waiting_supplier"]


def test_promises_to_customers_are_told_from_those_inside():
    inside = {kind: type_ for kind, type_ in TYPES.items() if type_ != "sla"}

    assert inside == {"assignment": "ola", "vendor": "uc"}


def test_the_exchange_form_tells_of_hands_and_suppliers():
    moments = iter(f"2026-01-05T{hour:02}:00:00Z" for hour in range(9, 20))
    said = [
        {"type": "created", "group": "first"}, {"type": "assigned", "group": "second"},
        {"type": "assigned", "assignee": "ann"}, {"type": "vendor_out"}, {"type": "vendor_in"},
    ]  # fmt: skip
    found = answer({
        "calendar": {"tz": "UTC", "week": {"mon": [["00:00", "24:00"]]}},
        "policy": {"targets": [{"assignment": 3600, "vendor": 1800}]},
        "events": [{"id": str(n), "at": next(moments), **each} for n, each in enumerate(said)],
        "now": "2026-01-05T20:00:00Z",
    })  # fmt: skip

    told = [(each["clock"], each["cycle"], each["state"]) for each in found["cycles"]]
    assert told == [("assignment", 1, "met"), ("assignment", 2, "met"), ("vendor", 1, "missed")]
