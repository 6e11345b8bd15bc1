"""What every test shares: hypothesis runs the same examples everywhere, as many as PURE_NEGATIVE_EXAMPLES says."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "project",
    deadline=None,
    derandomize=True,
    max_examples=int(os.environ.get("PURE_NEGATIVE_EXAMPLES", "300")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("project")
