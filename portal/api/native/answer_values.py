"""How single values of native answers are described."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import WithJsonSchema

from portal.subscriptions.calendar import Frequency

Amount = Annotated[Decimal, WithJsonSchema({"type": "number"})]
Day = Annotated[date, WithJsonSchema({"type": "string", "format": "date"})]
Moment = Annotated[datetime, WithJsonSchema({"type": "string", "format": "date-time"})]
FrequencyName = Annotated[str, WithJsonSchema({"type": "string", "enum": list(map(str, Frequency))})]
FreeForm = Annotated[Any, WithJsonSchema({"type": ["object", "string", "null"]})]
