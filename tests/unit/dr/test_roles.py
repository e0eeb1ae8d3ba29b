"""The role machine: total, pure, and drawn from its own table."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaas_components.dr.diagram import page
from dbaas_components.dr.guards import GUARDS, Facts, Writes
from dbaas_components.dr.records import Role, RoleRecord, read_record, role_of
from dbaas_components.dr.roles import EVENT_MEANING, TABLE, Action, Event, next_role

PROVEN = Facts(
    record_readable=True,
    approval_epoch=4,
    lease_epoch=5,
    lease_mine=True,
    same_instance=True,
    lease_valid=True,
    granted_epoch=5,
    own_epoch=2,
    predecessor_out=True,
    lag_within_limit=True,
    history_contained=True,
    another_primary=True,
    final_position_reached=True,
    writes=Writes.FENCED,
)
facts = st.builds(
    Facts,
    record_readable=st.booleans(),
    hold=st.booleans(),
    approval_epoch=st.none() | st.integers(0, 3),
    planned=st.booleans(),
    lease_valid=st.booleans(),
    granted_epoch=st.integers(0, 3),
    own_epoch=st.integers(0, 3),
    lag_within_limit=st.none() | st.booleans(),
    history_contained=st.none() | st.booleans(),
    writes=st.none() | st.sampled_from(Writes),
)


@given(st.sampled_from(Role), st.sampled_from(Event), facts)
def test_every_pair_of_role_and_event_is_answered_by_a_step_or_by_a_sentence(role, event, known):
    decision = next_role(role, event, known)
    assert decision.reason
    if decision.refused:
        assert decision.role is role
        assert f"{event} is refused while {role}: " in decision.reason
    else:
        assert (decision.role, decision.action) == (TABLE[role, event].role, TABLE[role, event].action)


def test_with_every_proof_every_row_of_the_table_is_taken():
    for (role, event), step in TABLE.items():
        assert not next_role(role, event, PROVEN).refused, (role, event, step)


@pytest.mark.parametrize(
    ("guard", "missing"),
    [
        ("record_readable", {"record_readable": False}),
        ("not_held", {"hold": True, "approval_epoch": None, "own_predecessor": True}),
        ("approved", {"approval_epoch": None}),
        ("approval_current", {"approval_epoch": 3}),
        ("two_vantage_points", {"approval_epoch": None, "automatic": True, "votes": 1}),
        ("lease_valid", {"lease_valid": False}),
        ("epoch_higher", {"own_epoch": 5, "approval_epoch": 5}),
        ("lag_measured", {"lag_within_limit": None}),
        ("lag_within_limit", {"lag_within_limit": False}),
        ("history_contained", {"history_contained": None}),
        ("final_position_reached", {"planned": True, "final_position_reached": None}),
    ],
)
def test_a_promotion_that_lacks_one_proof_is_refused_with_what_would_prove_it(guard, missing):
    known = Facts(**{**{name: getattr(PROVEN, name) for name in Facts.__slots__}, **missing})
    decision = next_role(Role.STREAMING, Event.PROMOTE, known)
    assert decision.reason == f"promote is refused while streaming: {GUARDS[guard].refusal}"
    left = {name: value for name, value in GUARDS.items() if name != guard}
    assert not next_role(Role.STREAMING, Event.PROMOTE, known, left).refused


def test_only_a_promotion_or_a_site_that_fenced_itself_becomes_primary():
    ways = {(role, event) for (role, event), step in TABLE.items() if step.role in (Role.PROMOTING, Role.PRIMARY)}
    into = {(role, event) for role, event in ways if role not in (Role.PROMOTING, Role.PRIMARY)}
    assert into == {
        *product((Role.STANDBY, Role.STREAMING, Role.FENCED), (Event.PROMOTE,)),
        (Role.FENCED, Event.REOPEN),
    }


def test_only_a_site_on_its_way_to_primary_is_opened():
    opened = {role for (role, _), step in TABLE.items() if step.action is Action.OPEN_DATABASE}
    assert opened == {Role.PROMOTING, Role.PRIMARY}


def test_every_guard_that_a_row_names_exists_and_every_event_is_explained():
    assert {name for step in TABLE.values() for name in step.guards} <= set(GUARDS)
    assert set(EVENT_MEANING) == set(Event)


@pytest.mark.parametrize("text", [None, "", "{", '{"role": "primary"}', '{"topology":"t","region":"r","role":"king"}'])
def test_a_record_that_is_missing_or_unreadable_means_standby(text):
    assert role_of(read_record(text, topology="t", region="r")) is Role.STANDBY


def test_another_regions_record_means_standby():
    record = RoleRecord(topology="t", region="r", role=Role.PRIMARY, epoch=3)
    text = record.model_dump_json()
    assert read_record(text, topology="t", region="r") == record
    assert role_of(read_record(text, topology="t", region="other")) is Role.STANDBY
    assert role_of(read_record(text, topology="other", region="r")) is Role.STANDBY


def test_the_page_of_the_roles_is_the_one_that_the_table_makes():
    written = Path(__file__).resolve().parents[3] / "docs" / "roles.md"
    assert written.read_text() == page(), "run: python -m dbaas_components.dr.diagram"
