"""The QR code that carries an open page from a desk to a phone."""

from __future__ import annotations

from functools import lru_cache

import segno

from portal.checkout.parts import QrCode

QUIET_ZONE = 2


@lru_cache(maxsize=500)
def qr_code(address: str) -> QrCode:
    """The address as strokes for one SVG path: each run of dark modules is one horizontal line of height 1."""
    code = segno.make_qr(address, error="l")
    rows = [tuple(map(bool, row)) for row in code.matrix_iter(border=QUIET_ZONE)]
    path = "".join(_strokes(y, row) for y, row in enumerate(rows))
    return QrCode(size=len(rows), path=path)


def _strokes(y: int, row: tuple[bool, ...]) -> str:
    """One row: from its start, move over light runs and draw dark ones."""
    drawn, x = "", 0
    while any(row[x:]):
        start = row.index(True, x)
        end = row.index(False, start) if False in row[start:] else len(row)
        drawn += f"M{start} {y}.5h{end - start}"
        x = end
    return drawn
