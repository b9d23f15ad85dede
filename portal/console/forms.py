"""The console's forms: Flask-WTF's token against forged posts, tied to the session; filters are plain reads."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import DateField, Form, PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from portal.console.calls import METHODS
from portal.console.passwords import LONGEST as LONGEST_PASSWORD

OUT_OF_DATE = "This page was open for too long. Nothing was done. Try again."
LONGEST_QUERY = 200


class ActForm(FlaskForm):
    """A button and nothing else."""

    class Meta(FlaskForm.Meta):
        # The session ends by itself; a page left open must not fail before it. None would mean an hour.
        csrf_time_limit = 30 * 24 * 3600

    @property
    def is_forged(self) -> bool:
        return "csrf_token" in self.errors


class MoneyForm(ActForm):
    """A button that moves money: `stood` is how the payment stood on the page, so that a second tap does nothing."""

    stood = StringField("stood", [InputRequired(), Length(max=100)])


class RefundForm(MoneyForm):
    """Send money back: all that is left, or this much of it."""

    amount = StringField("Amount", [Length(max=30)])


class SignInForm(ActForm):
    email = StringField("E-mail", [InputRequired("Enter your e-mail."), Length(max=254)])
    password = PasswordField("Password", [InputRequired("Enter your password."), Length(max=LONGEST_PASSWORD)])


class CodeForm(ActForm):
    code = StringField("Code", [InputRequired("Enter the six digits from your app."), Length(max=20)])


class FilterForm(Form):
    """Filters of the request history as they stand in the address bar."""

    state = StringField("State", [Length(max=20)])
    site = SelectField("Site", choices={"": "All sites"}, validate_choice=False)
    since = DateField("From", [Optional()], name="from")
    until = DateField("To", [Optional()], name="to")
    q = StringField("Search", [Length(max=LONGEST_QUERY)])


class CallFilterForm(Form):
    """Filters of the API calls as they stand in the address bar; `q` is a request id."""

    outcome = StringField("Outcome", [Length(max=20)])
    method = SelectField(
        "Method", choices={"": "All", **dict(zip(METHODS, METHODS, strict=True))}, validate_choice=False
    )
    path = StringField("Address has", [Length(max=LONGEST_QUERY)])
    key = SelectField("Key", choices={"": "All keys"}, validate_choice=False)
    site = SelectField("Site", choices={"": "All sites"}, validate_choice=False)
    since = DateField("From", [Optional()], name="from")
    until = DateField("To", [Optional()], name="to")
    q = StringField("Search", [Length(max=LONGEST_QUERY)])


class ShowForm(Form):
    """Which lines of a timeline are shown."""

    show = SelectField("Show", validate_choice=False)
