"""Data in: organisation and register from YAML, people and existing access from CSV, all of it or nothing."""

from workflows.load.loading import LoadResult, load
from workflows.load.people import LikelyDeparture
from workflows.load.plan import HIDDEN, Change, Counts, What

__all__ = ["HIDDEN", "Change", "Counts", "LikelyDeparture", "LoadResult", "What", "load"]
