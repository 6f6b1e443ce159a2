"""What a change of an entity means: merging, conflicts, offline branches in any order (PROTOCOL §6)."""

from __future__ import annotations

import dataclasses
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.entities import Action
from sync.entities import Content, Create, Fail, Hold, Link, Standing, Update, Verdict, decide, merge

ONE = "1c6cd3a0-8f5a-4b1e-9d7e-2f0a3b4c5d6e"
BRANCH = "2c6cd3a0-8f5a-4b1e-9d7e-2f0a3b4c5d6e"


def create(label: str = "Jati", **data: str) -> Action:
    return Action("", "pohon", ONE, True, False, label, data)


def update(base: int | None, trunk: int | None = None, branch: str | None = None, label: str = "", **data: str) -> Action:
    return Action("", "pohon", ONE, False, True, label, data, base, trunk, branch)


def link(version: int, label: str = "Jati", branch: str | None = None, branch_version: int | None = None, **data: str) -> Link:
    return Link(version, Content(label, data), branch, branch_version)


def test_a_new_entity_needs_a_label() -> None:
    assert decide(create(species="x"), Standing()) == Create(Content("Jati", {"species": "x"}))
    assert decide(create(label=""), Standing()) == Fail("400.2", "A new entity needs a label.", {"field": "label"})


def test_an_entity_is_created_once() -> None:
    verdict = decide(create(), Standing([link(1)]))
    assert isinstance(verdict, Fail)
    assert verdict.code == "409.3"


def test_an_update_merges_what_it_gives_and_an_empty_label_keeps_the_old_one() -> None:
    verdict = decide(update(1, height="3"), Standing([link(1, species="x", height="2")]))
    assert verdict == Update(1, Content("Jati", {"species": "x", "height": "3"}), None)


def test_a_blank_answer_clears_the_property() -> None:
    verdict = decide(update(1, height=""), Standing([link(1, species="x", height="2")]))
    assert isinstance(verdict, Update)
    assert verdict.content.data == {"species": "x"}


@pytest.mark.parametrize(("given_data", "conflict", "twice"), [
    ({"height": "3"}, "soft", ()),  # the other one changed the species
    ({"species": "z"}, "hard", ("species",)),
    ({"species": "y", "height": "3"}, "soft", ()),  # both said the same
    ({"species": "x"}, "hard", ("species",)),  # it says again what it was, the other one changed it
])
def test_a_stale_update_is_a_soft_conflict_or_a_hard_one_when_a_property_got_two_values(
        given_data: dict[str, str], conflict: str, twice: tuple[str, ...]) -> None:
    standing = Standing([link(1, species="x", height="2"), link(2, species="y", height="2")])
    verdict = decide(update(1, **given_data), standing)
    assert isinstance(verdict, Update)
    assert (verdict.conflict, verdict.conflicting) == (conflict, twice)
    assert all(verdict.content.data[name] == value for name, value in given_data.items()), "the later one counts"


def test_two_labels_are_a_conflict_too() -> None:
    verdict = decide(update(1, label="Sono"), Standing([link(1), link(2, "Mahoni")]))
    assert isinstance(verdict, Update)
    assert (verdict.conflict, verdict.conflicting, verdict.content.label) == ("hard", ("label",), "Sono")


@pytest.mark.parametrize("before", ["soft", "hard"])
def test_a_conflict_stays_until_it_is_resolved(before: str) -> None:
    verdict = decide(update(2, height="3"), Standing([link(1), link(2)], before))  # type: ignore[arg-type]
    assert isinstance(verdict, Update)
    assert verdict.conflict == before


@pytest.mark.parametrize(("action", "standing", "code"), [
    (update(1), Standing(), "404.8"),
    (update(1), Standing([link(1)], deleted=True), "404.8"),
    (update(7), Standing([link(1)]), "404.9"),
    (update(7, 7, BRANCH), Standing([link(1)]), "404.9"),
])
def test_an_update_of_what_is_not_there_fails(action: Action, standing: Standing, code: str) -> None:
    verdict = decide(action, standing)
    assert isinstance(verdict, Fail)
    assert verdict.code == code


def test_an_update_that_may_also_create_creates_what_is_not_there() -> None:
    action = dataclasses.replace(create(species="x"), update=True, base_version=1)
    assert decide(action, Standing()) == Create(Content("Jati", {"species": "x"}))


def test_an_offline_update_waits_for_its_predecessor() -> None:
    assert decide(update(2, 1, BRANCH, height="3"), Standing([link(1)])) == Hold()
    assert decide(update(1, None, BRANCH, height="3"), Standing()) == Hold(), "its creation has not come"


def test_versions_of_a_branch_are_translated_to_the_servers() -> None:
    standing = Standing([link(1), link(2, height="9"), link(3, branch=BRANCH, branch_version=2, height="3")], "soft")
    verdict = decide(update(2, 1, BRANCH, height="4"), standing)
    assert isinstance(verdict, Update)
    assert (verdict.base, verdict.branch_version, verdict.content.data["height"]) == (3, 3, "4")


def test_a_branch_that_somebody_else_interrupted_is_a_soft_conflict() -> None:
    standing = Standing([link(1), link(2, height="9"), link(3, branch=BRANCH, branch_version=2, height="3")])
    verdict = decide(update(2, 1, BRANCH, height="4"), standing)
    assert isinstance(verdict, Update)
    assert verdict.conflict == "soft"


def test_after_waiting_an_update_goes_on_from_the_nearest_version() -> None:
    standing = Standing([link(1, height="1"), link(2, branch=BRANCH, branch_version=2, height="2")])
    verdict = decide(update(5, 1, BRANCH, height="5"), standing, force=True)
    assert isinstance(verdict, Update)
    assert (verdict.base, verdict.branch_version, verdict.conflict) == (2, 6, None)


def test_after_waiting_an_update_makes_the_entity_that_never_came_and_its_creation_is_merged_later() -> None:
    forced = decide(update(2, None, BRANCH, label="Jati", height="5"), Standing(), force=True)
    assert forced == Create(Content("Jati", {"height": "5"}), 3, forced=True)
    late = decide(create(species="x"), Standing([Link(1, Content("Jati", {"height": "5"}), BRANCH, 3, forced=True)]))
    assert isinstance(late, Update)
    assert late.content.data == {"height": "5", "species": "x"}


# One phone, offline: whatever order its records arrive in, and however often, the entity becomes the same.

def _play(actions: list[Action]) -> Standing:
    """A store in small: each change once, those that wait tried again after every change."""
    standing, held, done = Standing(), list[Action](), set[int | None]()

    def apply(action: Action) -> bool:
        nonlocal standing
        verdict: Verdict = decide(action, standing)
        if isinstance(verdict, Hold):
            return False
        assert not isinstance(verdict, Fail), verdict
        branch = action.branch_id if action.update else None
        conflict = verdict.conflict if isinstance(verdict, Update) else None
        standing = Standing([*standing.chain, Link(len(standing.chain) + 1, verdict.content, branch, verdict.branch_version)],
                            conflict)
        return True

    for action in actions:
        if action.base_version in done:
            continue
        done.add(action.base_version)
        held.append(action)
        while any(apply(one) and (held.remove(one) or True) for one in list(held)):  # type: ignore[func-returns-value]
            pass
    assert held == []
    return standing


_values = st.sampled_from(["", "1", "2", "3"])
_given = st.dictionaries(st.sampled_from(["tinggi", "jenis", "sehat"]), _values, max_size=3)


@given(st.lists(_given, min_size=1, max_size=6), st.randoms(use_true_random=False), st.booleans())
def test_a_branch_ends_the_same_in_any_order_and_repetition(changes: list[dict[str, str]], chance: random.Random, repeat: bool) -> None:
    records = [create("Jati", tinggi="0"), *(update(n, None, BRANCH, **data) for n, data in enumerate(changes, start=1))]
    shuffled = [*records, *(records if repeat else [])]
    chance.shuffle(shuffled)
    assert _play(shuffled) == _play(records)
    assert _play(records).conflict is None


_data = st.dictionaries(st.sampled_from(["a", "b"]), _values)


@given(_data, _data, _data)
def test_changes_of_different_properties_merge_to_the_same_in_either_order(base: dict[str, str], one: dict[str, str],
                                                                          two: dict[str, str]) -> None:
    two = {f"{name}2": value for name, value in two.items()}
    start = Content("x", base)
    first, _ = merge(Content("", one), start, start)
    second, _ = merge(Content("", two), start, start)
    after_first, twice_first = merge(Content("", two), start, first)
    after_second, twice_second = merge(Content("", one), start, second)
    assert (after_first, twice_first) == (after_second, twice_second) == (Content("x", {**base, **one, **two}), ())
