"""Nobody touches somebody who may do more than they, by whatever door (R117; security.md 5)."""

import pytest

from servicedesk.identity.api_tokens import issue_api_token
from servicedesk.identity.commands import deactivate_person, set_password, set_roles
from servicedesk.identity.permissions import Permission, Scope
from servicedesk.identity.profiles import Profile, change_person, invite_person
from servicedesk.identity.queries import actor_of
from servicedesk.identity.roles import save_role
from servicedesk.kernel.errors import NotAllowed
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import StreamRef

PROFILE = Profile(name="Somebody Else", organisation_id=None, branch_id=None, language="en", zone="UTC")
DEEDS = {
    "change": lambda who, person: change_person(who, person, PROFILE),
    "deactivate": deactivate_person,
    "invite": invite_person,
    "password": lambda who, person: set_password(who, person, password="correct horse battery"),
    "roles": lambda who, person: set_roles(who, person, roles=[]),
    "token": lambda who, person: issue_api_token(who, person, name="export"),
}
RIGHTS = frozenset({Permission.PEOPLE_MANAGE, Permission.ROLES_MANAGE})


@pytest.fixture
def clerk(administrator, make_person):
    """Somebody who looks after people and roles, and nothing else."""
    save_role(administrator, key="clerk", name="Clerk", scope=Scope.ALL, permissions=RIGHTS)
    return make_person("clerk")


@pytest.mark.parametrize("deed", DEEDS)
def test_somebody_who_may_do_more_is_out_of_reach(administrator, clerk, make_person, deed):
    stronger = make_person("administrator")
    before = stored_events(StreamRef("person", stronger.id))

    with pytest.raises(NotAllowed) as refused:
        DEEDS[deed](clerk, stronger.id)

    assert refused.value.code == "person.may_more"
    assert stored_events(StreamRef("person", stronger.id)) == before


@pytest.mark.parametrize("deed", DEEDS)
def test_somebody_who_may_do_no_more_is_within_reach(clerk, make_person, deed):
    DEEDS[deed](clerk, make_person("clerk").id)


@pytest.mark.parametrize("deed", DEEDS)
def test_administrators_reach_each_other(administrator, make_person, deed):
    DEEDS[deed](administrator, make_person("administrator").id)

    assert actor_of(administrator.id).has(Permission.ROLES_MANAGE)
