"""The table of roles: README shows it as it is, and it keeps what must never be forgotten."""

import pytest

from spoedplein.portal.access.roles import EMERGENCY_ROLES, RULES, Action, Role
from tests.docs.reading import Page, bare

WRITES = [action for action in Action if not action.startswith(("read-", "sign-", "search-", "declare-"))]


def test_readme_shows_the_table_as_it_is() -> None:
    listed = {
        bare(row["Action"]): (
            {role for role in Role if row[role] == "✓"},
            row["On record"] == "✓",
            row["Two factors"] == "✓",
        )
        for row in Page("README.md").table("Roles")
    }
    assert listed == {action.value: (set(rule.roles), rule.cases, rule.two_factor) for action, rule in RULES.items()}


@pytest.mark.parametrize("action", [action for action, rule in RULES.items() if rule.cases])
def test_nothing_about_a_case_is_for_the_public_or_for_who_runs_the_machines(action: Action) -> None:
    assert not {Role.PUBLIC, Role.OPERATOR} & RULES[action].roles


@pytest.mark.parametrize("action", WRITES)
def test_only_who_places_people_changes_anything(action: Action) -> None:
    assert RULES[action].roles <= EMERGENCY_ROLES


def test_the_access_log_is_for_the_auditor_with_two_factors() -> None:
    rule = RULES[Action.READ_ACCESS_LOG]
    assert (rule.roles, rule.two_factor, rule.cases) == (frozenset({Role.AUDITOR}), True, True)
