"""What every form of the customer's own pages posts."""

from __future__ import annotations

import uuid
from typing import Any

from wtforms import Form, HiddenField, IntegerField
from wtforms.validators import InputRequired, Optional

from portal.checkout.forms import LinkCSRF


class OwnForm(Form):
    """`version` stands for what the page said before the tap."""

    class Meta:
        csrf = True
        csrf_class = LinkCSRF

    action = HiddenField(validators=[InputRequired()])
    version = IntegerField(validators=[Optional()])

    @classmethod
    def posted(cls, link_id: uuid.UUID, data: Any) -> OwnForm:
        return cls(data, meta={"csrf_context": link_id})

    def is_for(self, action: str) -> bool:
        return bool(self.action.data == action)
