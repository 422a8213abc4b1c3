"""What people see of cases, and what they do not."""

from __future__ import annotations

import pytest

from models import Database
from tests.given import NOW, Given
from workflows import views
from workflows.errors import NotFound, Refused


def test_whoever_guesses_a_number_and_is_refused_sees_the_case_as_little_as_before(database: Database) -> None:
    given = Given(database)
    given.municipality()
    number, stranger = given.order(), given.world.outsider
    with pytest.raises(Refused):
        given.act(number, "approve", by=stranger)
    with given.database.reading(given.organisation.id) as session, pytest.raises(NotFound):
        views.case_view(session, given.office, number, given.actor(stranger), NOW)
