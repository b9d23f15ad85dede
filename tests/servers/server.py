"""What a test holds in its hands: the address of a running server, and the means to end it."""

from __future__ import annotations

import shutil
import types
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.servers.child import Child


@dataclass
class Server:
    """A running server. `child` is None for one that the environment names: that is left alone."""

    url: str
    child: Child | None = None
    own_folder: Path | None = field(default=None, repr=False)

    def stop(self) -> None:
        """End it and remove what it wrote, unless the folder was the caller's."""
        if self.child is not None:
            self.child.stop()
        self._clear()

    def kill(self) -> None:
        """End it without a warning, as a power cut would; the folder stays so that it can be started again."""
        if self.child is not None:
            self.child.kill()

    def _clear(self) -> None:
        if self.own_folder is not None:
            shutil.rmtree(self.own_folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        self.stop()
