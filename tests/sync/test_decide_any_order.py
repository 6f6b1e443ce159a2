"""Whatever the order, the repetition and the cuts: one truth is stored, and nothing twice."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from sync.decide import AddAttachments, Arrival, Create, Known, Refuse, Supersede, Verdict, Version, decide


@dataclass(frozen=True)
class Record:
    """What a phone keeps: one filled form, its files, and its answers as `body`."""

    instance_id: str
    deprecated_id: str | None
    files: tuple[str, ...] = ()
    body: str = ""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(f"{self.instance_id} {self.deprecated_id} {self.body}".encode()).hexdigest()

    def arrival(self, files: tuple[str, ...]) -> Arrival:
        return Arrival(self.instance_id, self.deprecated_id, "1", self.sha256, files)


@dataclass
class Row:
    root_id: str
    sha256: str
    files: set[str]
    superseded_by: str | None = None


@dataclass
class Store:
    """The server in memory: rows by instance id, with the database's own guards as assertions."""

    rows: dict[str, Row] = field(default_factory=dict)
    trash: set[str] = field(default_factory=set)

    def look(self, instance_id: str | None) -> Version | None:
        row = self.rows.get(instance_id or "")
        if row is None or instance_id is None:
            return None
        deleted = row.root_id in self.trash
        return Version(instance_id, row.root_id, row.sha256, row.superseded_by is None, deleted, row.superseded_by)

    def receive(self, record: Record, files: tuple[str, ...]) -> Verdict:
        arrival = record.arrival(files)
        known = Known("open", True, True, self.look(arrival.instance_id), self.look(arrival.deprecated_id))
        verdict = decide(arrival, known)
        match verdict:
            case Create(instance_id):
                assert instance_id not in self.rows
                self.rows[instance_id] = Row(instance_id, arrival.xml_sha256, set(files))
            case Supersede(instance_id, base):
                assert instance_id not in self.rows and self.rows[base.instance_id].superseded_by is None
                self.rows[base.instance_id].superseded_by = instance_id
                self.rows[instance_id] = Row(base.root_id, arrival.xml_sha256, set(files))
            case AddAttachments(version, added):
                self.rows[version.instance_id].files |= set(added)
        return verdict

    def truth(self) -> dict[str, tuple[str, str, frozenset[str], str | None]]:
        return {i: (r.root_id, r.sha256, frozenset(r.files), r.superseded_by) for i, r in self.rows.items()}


@st.composite
def phones(draw: st.DrawFn) -> list[Record]:
    """Records of one to three submissions, each edited up to three times, each with up to three files."""
    records = []
    for submission in range(draw(st.integers(1, 3))):
        base: str | None = None
        for edit in range(draw(st.integers(1, 4))):
            name = f"uuid:{submission}.{edit}"
            files = tuple(f"{submission}-{edit}-{n}.jpg" for n in range(draw(st.integers(0, 3))))
            records.append(Record(name, base, files))
            base = name
    return records


def posts(record: Record) -> list[tuple[str, ...]]:
    """The POSTs a record is split into: always the XML, one file each."""
    return [(name,) for name in record.files] or [()]


def send_until_done(store: Store, records: list[Record]) -> None:
    """Send as Collect does: what failed is tried again from its start, in the phone's order."""
    for _ in range(len(records) + 1):
        verdicts = [store.receive(record, post) for record in records for post in posts(record)]
        if not any(isinstance(verdict, Refuse) for verdict in verdicts):
            return
    raise AssertionError("a phone that keeps trying never comes to an end")


@given(records=phones(), data=st.data())
@settings(max_examples=150, deadline=None)
def test_any_order_repetition_and_cut_ends_in_the_same_store(records: list[Record], data: st.DataObject) -> None:
    expected = Store()
    send_until_done(expected, records)
    assert len(expected.rows) == len(records)

    every = [(record, post) for record in records for post in posts(record)]
    tries = data.draw(st.lists(st.tuples(st.sampled_from(every), st.booleans()), max_size=40))
    store = Store()
    for (record, post), arrives in tries:
        if arrives:  # a body cut off stores nothing; an answer cut off is the same as a repetition
            store.receive(record, post)
    send_until_done(store, data.draw(st.permutations(records)))
    assert store.truth() == expected.truth()
    send_until_done(store, records)
    assert store.truth() == expected.truth()


class Arrivals(RuleBasedStateMachine):
    """Several phones at once: edits of the same version, numbers used twice, deletions, endless repetition."""

    records = Bundle("records")

    def __init__(self) -> None:
        super().__init__()
        self.store = Store()
        self.made = 0
        self.accepted: dict[str, tuple[Record, set[str]]] = {}

    @rule(target=records, files=st.integers(0, 2))
    def fill(self, files: int) -> Record:
        self.made += 1
        return Record(f"uuid:{self.made}", None, tuple(f"{self.made}-{n}.jpg" for n in range(files)))

    @rule(target=records, base=records, files=st.integers(0, 2))
    def edit(self, base: Record, files: int) -> Record:
        self.made += 1
        return Record(f"uuid:{self.made}", base.instance_id, tuple(f"{self.made}-{n}.jpg" for n in range(files)))

    @rule(target=records, other=records, base=st.none() | records)
    def use_a_number_twice(self, other: Record, base: Record | None) -> Record:
        self.made += 1
        return Record(other.instance_id, base.instance_id if base else None, (), f"other {self.made}")

    @rule(record=records)
    def delete(self, record: Record) -> None:
        if record.instance_id in self.store.rows:
            self.store.trash.add(self.store.rows[record.instance_id].root_id)

    @rule(record=records, data=st.data())
    def send(self, record: Record, data: st.DataObject) -> None:
        post = data.draw(st.sampled_from(posts(record)))
        before, count = self.store.truth(), len(self.store.rows)
        verdict = self.store.receive(record, post)
        if isinstance(verdict, Refuse):
            assert self.store.truth() == before
        else:
            kept, files = self.accepted.setdefault(record.instance_id, (record, set()))
            assert kept.sha256 == record.sha256
            files |= set(post)
        after = self.store.truth()
        again = self.store.receive(record, post)
        assert self.store.truth() == after and len(self.store.rows) - count in (0, 1)
        assert isinstance(again, Refuse) == isinstance(verdict, Refuse)

    @invariant()
    def what_was_accepted_is_there_with_its_first_bytes(self) -> None:
        for instance_id, (record, files) in self.accepted.items():
            row = self.store.rows[instance_id]
            assert row.sha256 == record.sha256 and row.files == files

    @invariant()
    def every_submission_is_one_chain_with_one_current_end(self) -> None:
        roots: dict[str, list[Row]] = {}
        for row in self.store.rows.values():
            roots.setdefault(row.root_id, []).append(row)
        for root_id, rows in roots.items():
            chain, at = 1, self.store.rows[root_id]
            while at.superseded_by:
                at, chain = self.store.rows[at.superseded_by], chain + 1
            assert chain == len(rows)


Arrivals.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
TestArrivals = Arrivals.TestCase
