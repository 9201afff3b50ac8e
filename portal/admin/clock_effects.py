"""What other hours or promises would mean for the clocks that run now, in sentences."""

from portal.admin.effects import Line, touched_line
from servicedesk.kernel.display import number
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import ngettext
from sla.supposing import MOST_CLOCKS, Supposed


def kept_by_running_clocks() -> str:
    """Return the sentence about what clocks keep that run when hours change."""
    promise = _(
        "The new hours count for what is promised from then on;"
        " clocks that run keep the hours they began with."
    )
    return str(promise)


def supposed_lines(found: Supposed, promise: str) -> list[Line]:
    """Return what the figures say; `promise` is the sentence about what running clocks keep."""
    lines = [Line(promise)]
    if not found.looked_at:
        return [*lines, Line(str(_("No clock runs by it now.")))]
    total = number(found.looked_at)
    looked = _("Of the %(total)s clocks that run now, %(earlier)s would be due earlier and %(later)s later.")
    words = {"total": total, "earlier": number(found.earlier), "later": number(found.later)}
    lines.append(Line(looked % words, "risk" if found.earlier else ""))
    if found.is_cut:
        lines.append(Line(str(_("Only the first %(most)s were looked at.", most=number(MOST_CLOCKS)))))
    if found.untracked:
        sentence = ngettext(
            "%(num)d of them would have no promise at all.",
            "%(num)d of them would have no promise at all.",
            found.untracked,
        )
        lines.append(Line(sentence, "due"))
    late = found.touched
    if late.count:
        sentence = ngettext(
            "%(num)d request would be late already.", "%(num)d requests would be late already.", late.count
        )
        lines.append(touched_line(sentence, late, "late"))
    else:
        lines.append(Line(str(_("No request would be late that is not late now.")), "met"))
    return lines
