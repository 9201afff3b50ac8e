"""The codes of administration in the reader's words: roles, rights, how far they reach."""

from collections.abc import Iterable

from servicedesk.identity.directory import RoleRow, roles
from servicedesk.identity.permissions import Permission, Scope
from servicedesk.kernel.i18n import lazy_gettext as _l

# What the templates of roles are called until somebody gives them a name of their own.
_ROLES = {
    "Customer": _l("Customer"),
    "Organisation viewer": _l("Sees the requests of their organisation"),
    "Agent": _l("Agent"),
    "Group agent": _l("Agent of their own teams"),
    "Lead": _l("Lead"),
    "Manager": _l("Manager"),
    "Administrator": _l("Administrator"),
}
SCOPES = (
    (Scope.OWN, _l("their own requests")),
    (Scope.GROUP, _l("requests of their teams, and what waits to be sorted")),
    (Scope.BRANCH, _l("requests of their site")),
    (Scope.ORGANISATION, _l("requests of their organisation")),
    (Scope.ALL, _l("the whole desk")),
)
PERMISSIONS = (
    (
        _l("Asking"),
        (
            (Permission.TICKET_FILE, _l("file requests")),
            (Permission.TICKET_FILE_FOR_OTHERS, _l("file requests for others")),
            (Permission.TICKET_SEE, _l("see requests")),
            (Permission.TICKET_REPLY, _l("answer in a request")),
            (Permission.TICKET_REOPEN, _l("reopen requests")),
            (Permission.TICKET_WITHDRAW, _l("withdraw requests")),
        ),
    ),
    (
        _l("Working on requests"),
        (
            (Permission.QUEUE_SEE, _l("open the agents' pages")),
            (Permission.TICKET_SEE_NOTES, _l("read internal notes")),
            (Permission.TICKET_NOTE, _l("write internal notes")),
            (Permission.TICKET_ASSIGN, _l("take, assign and hand over requests")),
            (Permission.TICKET_EDIT, _l("change what a request is about")),
            (Permission.TICKET_WAIT, _l("let requests wait")),
            (Permission.TICKET_RESOLVE, _l("resolve requests")),
            (Permission.TICKET_BULK, _l("change many requests at once")),
            (Permission.PRIORITY_OVERRIDE, _l("set a priority by hand")),
            (Permission.CLOCK_OVERRIDE, _l("hold clocks and move what is promised")),
        ),
    ),
    (
        _l("Articles"),
        (
            (Permission.ARTICLE_SEE, _l("read articles")),
            (Permission.ARTICLE_SEE_INTERNAL, _l("read articles for agents")),
            (Permission.ARTICLE_WRITE, _l("write articles")),
            (Permission.ARTICLE_PUBLISH, _l("publish articles")),
        ),
    ),
    (
        _l("Running the desk"),
        (
            (Permission.REPORT_SEE, _l("read reports")),
            (Permission.REPORT_SEE_PEOPLE, _l("see in reports what each person resolved")),
            (Permission.AGREEMENT_TRY, _l("try agreements and hours on the past")),
            (Permission.AGREEMENT_PUBLISH, _l("publish agreements")),
            (Permission.PEOPLE_MANAGE, _l("look after people")),
            (Permission.ROLES_MANAGE, _l("give and change roles")),
            (Permission.CONFIGURE, _l("change teams, catalogue, calendars and statuses")),
            (Permission.IMPORT, _l("import history")),
        ),
    ),
)
_PERMISSION_NAMES = {permission: name for _head, group in PERMISSIONS for permission, name in group}
_SCOPE_NAMES = dict(SCOPES)


def role_name(role: RoleRow) -> str:
    """Return a role by its name, in the reader's language where the desk did not choose one of its own."""
    return str(_ROLES.get(role.name, role.name))


def role_names(keys: Iterable[str]) -> list[str]:
    """Return the roles with these keys by name; an unknown key as it is."""
    known = roles()
    return [role_name(known[key]) if key in known else key for key in keys]


def permission_name(permission: Permission) -> str:
    """Return what a right lets people do."""
    return str(_PERMISSION_NAMES[permission])


def scope_name(scope: Scope) -> str:
    """Return how far a role reaches."""
    return str(_SCOPE_NAMES[scope])
