"""What every act needs to know of the organisation it is done in."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from models import Database
from workflows.attachments import FileStore
from workflows.policy import Policy


@dataclass(frozen=True, kw_only=True)
class Office:
    """A municipality at work: its database, its key, its policy, and where links in its mail lead."""

    database: Database
    organisation_id: UUID
    policy: Policy
    base_url: str
    files: FileStore | None = None
    """Where the files of cases are kept; none where no folder is set, and then none can be attached."""
