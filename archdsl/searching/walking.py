"""What the walks of a search have in common."""

from __future__ import annotations

from typing import Any

from archdsl.expansion.state import Frame, Instance
from archdsl.expansion.walk import Walk
from archdsl.spec.nodes import Call


class UsesAware(Walk):
    """A walk that knows whether it is inside the use of an instance.

    There every call is walked: nodes share their parameters by name with those of other uses, so that calls that look alike are not the same.
    """

    uses = 0
    """How many uses the walk is inside of."""

    def _use(self, instance: Instance, value: Any, frame: Frame, step: Call) -> Any:
        self.uses += 1
        try:
            return super()._use(instance, value, frame, step)
        finally:
            self.uses -= 1
