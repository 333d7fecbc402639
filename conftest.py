"""What holds for every test of the repository."""

from __future__ import annotations

from hypothesis import settings

# No test is about time: how long an example takes says how busy the machine is.
settings.register_profile("timeless", deadline=None)
settings.load_profile("timeless")

pytest_plugins = ["pytester"]
