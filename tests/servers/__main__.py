"""`python -m tests.servers ensure [postgres] [redis] [chromium]`: install what the tests need, or say what lacks."""

from __future__ import annotations

import argparse
import os
import sys

from tests.servers.ensure import PARTS, ensure


def main() -> int:
    """Exit status 1 only where CI=1 says that nothing may be skipped."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers", description=__doc__)
    parser.add_argument("command", choices=["ensure"])
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(part.key for part in PARTS)}; all")
    asked = parser.parse_args()
    unknown = set(asked.parts) - {part.key for part in PARTS}
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    wanted = [part for part in PARTS if not asked.parts or part.key in asked.parts]
    return ensure(wanted, strict=os.environ.get("CI") in {"1", "true"})


if __name__ == "__main__":
    sys.exit(main())
