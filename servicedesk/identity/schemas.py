"""What people fill in about themselves: signing in, and the first password."""

from servicedesk.identity.models import Person
from servicedesk.identity.passwords import LONGEST
from servicedesk.kernel.forms import FormSchema, Limit, Secret, Text, fits
from servicedesk.kernel.i18n import lazy_gettext as _l

NAME_FITS = fits(Person.name, least=1)
EMAIL_FITS = fits(Person.email)
_EMAIL = {
    "label": _l("E-mail address"),
    "type": "email",
    "attrs": {"autocomplete": "username", "inputmode": "email", "dir": "ltr"},
}
_NEW_PASSWORD = {
    "label": _l("Password"),
    "type": "password",
    "help": _l("At least 8 characters. Three or four words that do not belong together make a good one."),
    "attrs": {"autocomplete": "new-password"},
}


class SignInForm(FormSchema):
    """Address and password; `next` is where to go afterwards."""

    email = Text(required=True, validate=fits(Person.email), metadata=_EMAIL)
    password = Secret(
        required=True,
        validate=Limit(LONGEST),
        metadata={
            "label": _l("Password"),
            "type": "password",
            "attrs": {"autocomplete": "current-password"},
        },
    )
    next = Text(load_default="")


class AddressForm(FormSchema):
    """The address that a link is to be sent to; `next` is where to go once it was followed."""

    email = Text(required=True, validate=fits(Person.email), metadata=_EMAIL)
    next = Text(load_default="")


class SameAddressForm(FormSchema):
    """The address that a link was sent to; asked for in any other browser than the one that asked for it."""

    email = Text(
        load_default="",
        validate=fits(Person.email),
        metadata=_EMAIL
        | {
            "help": _l("The link was asked for in another browser. Write the address that it was sent to."),
        },
    )


class FirstAdministratorForm(FormSchema):
    """Who looks after a new desk."""

    name = Text(
        required=True,
        validate=fits(Person.name),
        metadata={"label": _l("Your name"), "attrs": {"autocomplete": "name"}},
    )
    email = Text(required=True, validate=fits(Person.email), metadata=_EMAIL)
    password = Secret(required=True, validate=Limit(LONGEST), metadata=_NEW_PASSWORD)


class NewPasswordForm(FormSchema):
    """A password of one's own."""

    password = Secret(required=True, validate=Limit(LONGEST), metadata=_NEW_PASSWORD)


class LanguageForm(FormSchema):
    """The language that pages are to speak, and where to go back to."""

    language = Text(required=True, validate=fits(Person.language))
    next = Text(load_default="")
