"""Nouns: the tables, and nothing that decides. Importing this package fills the metadata."""

from models.access import AccessGrant, GrantState
from models.authorisation import (
    AccessOrder,
    AuthorisationRequest,
    Decision,
    DecisionOutcome,
    RequestKind,
    RequestState,
)
from models.case import AUTHORISATION, DEPARTURE, Case, Counter, Receipt
from models.database import Database, new_id
from models.departure import DepartureKind, DepartureNotice, DepartureState, Duty, DutyKind, Hold
from models.event import Event
from models.message import Message, MessageState
from models.organisation import (
    Absence,
    AppointedRole,
    Appointment,
    BodyKind,
    ConfidentialityUndertaking,
    DelegatedSystem,
    Delegation,
    Department,
    Employment,
    EmploymentKind,
    GoverningBody,
    Organisation,
    Person,
)
from models.register import AccessProfile, Administrator, ItSystem, SodRule
from models.task import Part, Task

__all__ = [
    "AUTHORISATION",
    "DEPARTURE",
    "Absence",
    "AccessGrant",
    "AccessOrder",
    "AccessProfile",
    "Administrator",
    "AppointedRole",
    "Appointment",
    "AuthorisationRequest",
    "BodyKind",
    "Case",
    "ConfidentialityUndertaking",
    "Counter",
    "Database",
    "Decision",
    "DecisionOutcome",
    "DelegatedSystem",
    "Delegation",
    "Department",
    "DepartureKind",
    "DepartureNotice",
    "DepartureState",
    "Duty",
    "DutyKind",
    "Employment",
    "EmploymentKind",
    "Event",
    "GoverningBody",
    "GrantState",
    "Hold",
    "ItSystem",
    "Message",
    "MessageState",
    "Organisation",
    "Part",
    "Person",
    "Receipt",
    "RequestKind",
    "RequestState",
    "SodRule",
    "Task",
    "new_id",
]
