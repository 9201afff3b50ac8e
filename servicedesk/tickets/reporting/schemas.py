"""Shapes of the figures of tickets as the API gives them, and of what they are asked for."""

from marshmallow import fields, validate

from servicedesk.kernel.forms import FormSchema
from servicedesk.tickets.reporting.backlog import LONGEST_WEEKS
from servicedesk.tickets.reporting.flow import LONGEST_PERIODS

USUAL_WEEKS = 13


class OfTeam(FormSchema):
    """The team that is asked for by its key; none for every team that the caller may see."""

    group = fields.String()


class BacklogQuery(OfTeam):
    """`at`: the moment, now where none is given; `weeks`: how many weeks to tell, its own being the last."""

    at = fields.AwareDateTime()
    weeks = fields.Integer(load_default=USUAL_WEEKS, validate=validate.Range(1, LONGEST_WEEKS))


class BandSchema(FormSchema):
    """Open tickets of one age in weeks since they were filed: from `from_weeks` to before `to_weeks`."""

    from_weeks = fields.Integer()
    to_weeks = fields.Integer(allow_none=True)
    open = fields.Integer()


class BacklogAtSchema(FormSchema):
    """What was open at a moment."""

    at = fields.AwareDateTime()
    total = fields.Integer()
    bands = fields.List(fields.Nested(BandSchema))


class BacklogSchema(BacklogAtSchema):
    """`left_out`: tickets without a known opening or end; `zone`: of the weeks."""

    definition = fields.String()
    zone = fields.String()
    left_out = fields.Integer()
    weeks = fields.List(fields.Nested(BacklogAtSchema))


class WeeksQuery(OfTeam):
    """The last `weeks` weeks up to that of `until`, a date of the desk's zone; usually today."""

    weeks = fields.Integer(load_default=USUAL_WEEKS, validate=validate.Range(1, LONGEST_WEEKS))
    until = fields.Date()


class ShareSchema(FormSchema):
    """A share: `numerator` of `denominator`, and the interval that holds the true one in 95 of 100 cases."""

    numerator = fields.Integer()
    denominator = fields.Integer()
    share = fields.Float(allow_none=True)
    interval = fields.List(fields.Float(), allow_none=True)


class ContactSchema(ShareSchema):
    """First-contact resolution; `outcomes` says how many came to each end."""

    outcomes = fields.Dict(keys=fields.String(), values=fields.Integer())


class WeekContactSchema(ContactSchema):
    """The figure of one week."""

    begins_on = fields.Date()


class FirstContactSchema(ContactSchema):
    """The figure from `from_at` to before `to_at`; `left_out` maps each reason to a number."""

    definition = fields.String()
    as_of = fields.AwareDateTime()
    zone = fields.String()
    from_at = fields.AwareDateTime()
    to_at = fields.AwareDateTime()
    left_out = fields.Dict(keys=fields.String(), values=fields.Integer())
    weeks = fields.List(fields.Nested(WeekContactSchema))


class SatisfactionFigureSchema(FormSchema):
    """`share` and `mean` with their 95 % intervals are null where too few answered; `scores` maps 1 to 5."""

    asked = fields.Integer()
    asked_and_answered = fields.Integer()
    response_rate = fields.Float(allow_none=True)
    answers = fields.Integer()
    satisfied = fields.Integer()
    scores = fields.Dict(keys=fields.String(), values=fields.Integer())
    share = fields.Float(allow_none=True)
    interval = fields.List(fields.Float(), allow_none=True)
    mean = fields.Float(allow_none=True)
    mean_interval = fields.List(fields.Float(), allow_none=True)


class WeekSatisfactionSchema(SatisfactionFigureSchema):
    """The figure of one week."""

    begins_on = fields.Date()


class SatisfactionSchema(SatisfactionFigureSchema):
    """The figure of what was asked from `from_at` to before `to_at`; `fewest`: answers that a share needs."""

    definition = fields.String()
    as_of = fields.AwareDateTime()
    zone = fields.String()
    from_at = fields.AwareDateTime()
    to_at = fields.AwareDateTime()
    fewest = fields.Integer()
    weeks = fields.List(fields.Nested(WeekSatisfactionSchema))


class FlowQuery(OfTeam):
    """The last `periods` weeks or days up to `until`, a date of the desk's zone; usually today."""

    by = fields.String(load_default="week", validate=validate.OneOf(["week", "day"]))
    periods = fields.Integer(load_default=USUAL_WEEKS, validate=validate.Range(1, LONGEST_PERIODS))
    until = fields.Date()


class PeriodFlowSchema(FormSchema):
    """What came and went from `from_at` to before `to_at`; `grown` since the first period began."""

    begins_on = fields.Date()
    from_at = fields.AwareDateTime()
    to_at = fields.AwareDateTime()
    created = fields.Integer()
    reopened = fields.Integer()
    closed = fields.Integer()
    difference = fields.Integer()
    grown = fields.Integer()


class FlowSchema(FormSchema):
    """Created against closed; `as_of` is when it was counted."""

    definition = fields.String()
    as_of = fields.AwareDateTime()
    zone = fields.String()
    periods = fields.List(fields.Nested(PeriodFlowSchema))
