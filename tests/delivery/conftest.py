"""Lets the tests of this folder find the virtual time of the simulation, and the traffic that runs in it."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "simulation")]
