"""Every address of the customer's own pages: importing this file registers them."""

from __future__ import annotations

from portal.checkout.own import ways_out

ADDRESSES = (ways_out,)
