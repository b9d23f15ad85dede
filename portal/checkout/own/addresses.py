"""Every address of the customer's own pages: importing this file registers them."""

from __future__ import annotations

from portal.checkout.own import (
    calendar_file,
    choices,
    genuine,
    history_page,
    method,
    papers_list,
    someone_else,
    ways_out,
)

ADDRESSES = (ways_out, papers_list, calendar_file, choices, genuine, history_page, method, someone_else)
