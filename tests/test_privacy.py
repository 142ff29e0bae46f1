"""Natural persons: shown by name to people, tokens everywhere else, and readable at no other place than their own."""

from __future__ import annotations

import base64
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from pathlib import Path
from typing import Any, cast

import attrs
import pytest

import plantrack
from plantrack import Tracker
from plantrack.errors import (
    AdmissionError,
    EventError,
    PersonalDataError,
    RuleSourceError,
)
from plantrack.events import (
    TYPES,
    Attribute,
    BodyRegistered,
    EventCorrected,
    InitiativeProposed,
    Person,
    ProgressReported,
    Proposal,
    RiskClosed,
    Source,
    structure_proposal,
)
from plantrack.events.person import is_token
from plantrack.events.personal import personal_fields, persons
from plantrack.journal import read_journal, read_lines
from plantrack.reports import as_json
from plantrack.reports.names import named
from tests.persons import (
    DAY,
    JANE,
    OPENING,
    RAVI,
    REFUSED,
    WAIVER,
    medway,
    opened,
    payloads,
    places,
    put,
    run,
    shown,
    waiver,
)


@pytest.fixture
def tracker() -> Iterator[Tracker]:
    """A store in memory."""
    with opened() as found:
        yield found


# --- how a person is written -----------------------------------------------------------------------------------------


def test_a_name_goes_in_and_a_token_comes_out(tracker: Tracker) -> None:
    """What is recorded, read, folded and judged holds a token; the same person has the same one in every spelling."""
    log = medway(tracker)
    first, body, third, approval, waived = log.events()
    jane, ravi = first.actor, log.at().bodies["adviser"].person
    assert jane is not None
    assert ravi is not None
    assert is_token(jane)
    assert is_token(ravi)
    assert jane != ravi
    assert (body.actor, third.actor, approval.actor, waived.actor) == (None, jane, jane, jane)
    state = log.at()
    assert state.approvals["a"].signed_by == ravi
    assert (state.waivers["w"].requester, state.waivers["w"].approver) == (jane, ravi)
    assert type(jane) is str


def test_plain_text_goes_on_meaning_a_role(tracker: Tracker, tmp_path: Path) -> None:
    """Who names nobody stores what was stored before, and no file of keys is made."""
    with opened(tmp_path / "plan.db") as files:
        log = files.plan("medway")
        log.record(OPENING, effective=DAY, actor="programme office")
        log.record(waiver(requester="programme office", approver="chair"), effective=DAY)
        assert [w.approver for w in log.at().waivers.values()] == ["chair"]
        assert files.people() == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["plan.db"]
    assert all("sealed" not in payload for payload in payloads(tmp_path / "plan.db"))


def test_what_is_stored_is_a_token_and_a_sealed_name_beside_it(tmp_path: Path) -> None:
    """In an SQLite shell a row tells who is the same, and not who that is."""
    with opened(tmp_path / "plan.db") as tracker:
        medway(tracker)
    *_, last = payloads(tmp_path / "plan.db")
    assert list(last) == ["effective", "actor", "data", "sealed"]
    assert last["actor"] == last["data"]["requester"] != last["data"]["approver"]
    assert list(last["sealed"]) == ["actor", "data.requester", "data.approver"]
    assert {len(base64.b64decode(box)) for box in last["sealed"].values()} == {12 + 64 + 16}  # whatever its length


def test_json_lines_and_journals_name_persons() -> None:
    """`{"person": NAME}` where a role would stand, in JSON Lines and in YAML, also as the default of an entry."""
    line = {
        "type": "FindingWaived",
        "effective": "2018-01",
        "actor": {"person": "Jane Smith"},
        "data": {**WAIVER, "requester": {"person": " Jane  Smith"}},
    }
    [proposal] = read_lines(json.dumps(line), "x.jsonl")
    assert list(persons(proposal)) == [("actor", "Jane Smith"), ("data.requester", "Jane Smith")]
    journal = """\
plantrack-journal: 1
plan: medway
entries:
- recorded: 2018-01-03
  actor: {person: Jane Smith}
  events:
  - BodyRegistered: {body: adviser, title: Adviser, person: {person: Ravi Pátel}}
  - BodyRegistered: {body: board, title: Board}
    actor: chair
"""
    [entry] = read_journal(journal, "j.yaml")
    assert [list(persons(p)) for p in entry.proposals] == [
        [("actor", "Jane Smith"), ("data.person", "Ravi Pátel")],
        [],
    ]


NOT_HERE = "a natural person cannot stand here, because the name could not be erased; write a role"


def test_elsewhere_a_person_is_refused() -> None:
    """A field that is not declared personal takes no person, whatever the name looks like; it is named."""
    made: dict[str, Callable[[], object]] = {
        "RiskClosed.risk": lambda: RiskClosed(risk=Person("jane")),
        "InitiativeProposed.title": lambda: InitiativeProposed(initiative="a", title=JANE),
        "ProgressReported.status": lambda: ProgressReported(
            report="r",
            about="initiative:a",
            text="x",
            status=Person("completed"),  # type: ignore[arg-type]
        ),
        "Source.document": lambda: Source(document=JANE),
        "Proposal.reason": lambda: Proposal(data=OPENING, effective="2018-01-01", reason=JANE),
        "Proposal.event_id": lambda: Proposal(data=OPENING, effective="2018-01-01", event_id=Person("jane")),
    }
    for where, make in made.items():
        with pytest.raises(EventError) as caught:
            make()
        assert str(caught.value) == f"{where}: {NOT_HERE}"
    with pytest.raises(EventError, match=NOT_HERE):
        Attribute(name="lead", text=JANE)
    with pytest.raises(EventError, match=NOT_HERE):
        InitiativeProposed(initiative="a", title="A", attributes={"lead": JANE})


def test_elsewhere_a_person_is_refused_in_files() -> None:
    """In JSON and YAML too, with the place."""
    line = {"type": "InitiativeProposed", "effective": "2018", "data": {"initiative": "a", "title": {"person": "Jane"}}}
    with pytest.raises(EventError) as caught:
        structure_proposal(line)
    assert str(caught.value) == f"InitiativeProposed: {NOT_HERE} (at title)"
    journal = """\
plantrack-journal: 1
plan: medway
entries:
- recorded: 2018-01-03
  events:
  - RiskClosed: {risk: {person: Jane}}
"""
    with pytest.raises(RuleSourceError) as refused:
        read_journal(journal, "j.yaml")
    assert refused.value.message == f"RiskClosed: {NOT_HERE} (at risk)"
    assert refused.value.line == 6


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("  ", "the name of a person has 1 to 200 characters, not 0"),
        ("x" * 201, "the name of a person has 1 to 200 characters, not 201"),
        ("Jane\nSmith", "the name of a person holds a control character; remove it"),
        (5, "a person is given by a name, which is text"),
        (
            "Jane\u200b Smith",
            "the name of a person holds U+200B, which is not seen, so that two names would look the same; remove it",
        ),
        (
            "Jane \u202ehtimS",
            "the name of a person holds U+202E, which is not seen, so that two names would look the same; remove it",
        ),
    ],
)
def test_what_is_no_name_is_refused(name: Any, wrong: str) -> None:
    """Names are short and in one line."""
    with pytest.raises(EventError) as caught:
        Person(name)
    assert str(caught.value) == wrong


def test_a_name_is_not_plain_text_where_only_a_person_can_stand() -> None:
    """`person` and `signed_by` hold nobody but natural persons: text there would stay for ever."""
    with pytest.raises(EventError) as caught:
        BodyRegistered(body="a", title="A", person="Jane Smith")
    said = 'plain text would be stored as it is; write Person("..."), in JSON {"person": "..."}'
    assert str(caught.value) == f"BodyRegistered.person: {said}"
    wrong = {**WAIVER, "requester": "chair", "approver": {"name": "Jane"}}
    with pytest.raises(EventError) as caught:
        structure_proposal({"type": "FindingWaived", "effective": "2018", "data": wrong})
    assert str(caught.value) == (
        'FindingWaived: expected text, or a natural person as {"person": "the name"}, not a mapping (at approver)'
    )


def test_the_page_lists_every_field_that_takes_a_person() -> None:
    """The page for a data protection officer says where persons may stand, and leaves nothing out."""
    page = (Path(__file__).parent.parent / "docs" / "privacy.md").read_text("utf-8")
    rows = re.findall(r"^\| ([^|]*`[^|]*) \| ([^|]*) \| [^|]* \|$", page, re.MULTILINE)
    listed = {(of.strip("`"), field) for fields, of in rows for field in re.findall(r"`(\w+)`", fields)}
    fields = {(name, field) for name, cls in TYPES.items() for field in personal_fields(cast(Any, cls))}
    assert personal_fields(Proposal) == ("actor",)
    assert listed == fields | {("every event", "actor")}


def test_a_name_does_not_end_up_in_tracebacks() -> None:
    """What Python shows of an event that names somebody leaves the name out."""
    assert "Jane" not in repr(Proposal(data=waiver(), effective="2018-01-01", actor=JANE))


# --- recording -------------------------------------------------------------------------------------------------------


def test_saying_it_again_records_nothing(tracker: Tracker) -> None:
    """A retry with the same person is harmless, with a derived id and with one of the caller's."""
    log = medway(tracker)
    head = log.head
    assert log.record(waiver(), effective=DAY, actor=Person("jane smith")) == []
    named_id = log.record(BodyRegistered(body="b", title="B", person=JANE), effective=DAY, event_id="mine")
    assert log.record(BodyRegistered(body="b", title="B", person=JANE), effective=DAY, event_id="mine") == []
    assert log.head == head + 1 == named_id[0].position
    with pytest.raises(AdmissionError, match="was used for #6"):
        log.record(BodyRegistered(body="b", title="B", person=RAVI), effective=DAY, event_id="mine")


def test_waiving_again_records_nothing(tracker: Tracker) -> None:
    """Also by natural persons, and nobody approves what the same person asks for."""
    log = tracker.plan("medway")
    log.record(OPENING, InitiativeProposed(initiative="redesign", title="Redesign"), effective=DAY)
    finding = log.check().findings[0]
    how: Any = {"reason": "Agreed", "requester": JANE, "approver": RAVI, "until": "2019-01-01"}
    given = log.waive(finding, **how)
    assert log.waive(finding, **how) == given
    with pytest.raises(AdmissionError) as caught:
        log.waive(finding, **{**how, "approver": Person("jane smith")})
    assert str(caught.value) == "the same person asks for the waiver and cannot approve it; name who decides"
    with pytest.raises(AdmissionError, match="the same person asks"):
        log.waive(finding, **{**how, "requester": given.actor, "approver": JANE})


def test_an_event_id_says_nothing_of_the_name() -> None:
    """The id is derived from the token: nobody who guesses a name can check the guess against it."""
    ids = set()
    for _ in range(2):
        with opened() as tracker:
            log = tracker.plan("medway")
            log.record(OPENING, effective=DAY)
            ids.add(log.record(waiver(), effective=DAY)[0].event_id)
    assert len(ids) == 2


def test_a_correction_names_persons(tracker: Tracker) -> None:
    """As the replacement of a fact; a fact that was read and is said again keeps its person by the token."""
    log = medway(tracker)
    waived = list(log.events())[-1]
    other = attrs.evolve(waived.data, reason="Other words")  # type: ignore[misc]  # every event is an attrs class
    log.record(EventCorrected(event=waived.event_id, replacement=other), effective=DAY)
    assert log.at().waivers["w"].requester == waived.actor
    log.record(EventCorrected(event=waived.event_id, replacement=waiver(requester=Person("Ann Other"))), effective=DAY)
    assert "requester Ann Other · approver Ravi Pátel" in shown(tracker, log)
    assert [m.field for p in tracker.people() if p.shown == "Ann Other" for m in p.mentions] == [
        "data.replacement.data.requester"
    ]


def test_a_person_can_be_named_by_the_token(tracker: Tracker) -> None:
    """Whoever has only the token writes that, as a person or as it is; people read the name."""
    log = medway(tracker)
    token = tracker.token_of("Jane Smith")
    log.record(BodyRegistered(body="b", title="B", person=Person(token)), effective=DAY, actor=RAVI)
    assert "body b · title B · person Jane Smith" in shown(tracker, log)
    assert len(next(person for person in tracker.people() if person.token == token).mentions) == 6


def test_two_writers_agree_on_who_is_who(tmp_path: Path) -> None:
    """Several at once who name somebody for the first time get one token."""

    def records(number: int) -> None:
        with plantrack.open(tmp_path / "plan.db") as tracker:
            body = BodyRegistered(body=f"body-{number}", title="Body", person=JANE)
            tracker.plan("medway").record(body, effective=DAY)

    with plantrack.open(tmp_path / "plan.db") as tracker:
        tracker.plan("medway").record(OPENING, effective=DAY)
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(records, range(12)))
        [person] = tracker.people()
        assert (person.shown, len(person.mentions)) == ("Jane Smith", 12)


def test_what_is_only_supposed_keeps_nobody(tmp_path: Path) -> None:
    """A watch that is asked what would be makes no key."""
    with opened(tmp_path / "plan.db") as tracker:
        log = tracker.plan("medway")
        log.record(OPENING, effective=DAY)
        log.watch().suppose(BodyRegistered(body="b", title="B", person=JANE))
        assert not (tmp_path / "plan.db.keys").exists()


def test_without_the_extra_names_are_refused_and_tokens_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install, nothing is kept; what is there can be read, without the names."""
    with opened(tmp_path / "plan.db") as tracker:
        log = medway(tracker)
        token = log.at().waivers["w"].requester
        keys, head = (tmp_path / "plan.db.keys").read_bytes(), log.head
        monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
        with pytest.raises(PersonalDataError) as caught:
            log.record(BodyRegistered(body="b", title="B", person=Person("Ann Other")), effective=DAY)
        assert str(caught.value) == (
            "names of natural persons are encrypted, which needs the extra `crypto`: pip install"
            " 'plantrack-ledger[crypto]'"
        )
        assert ((tmp_path / "plan.db.keys").read_bytes(), log.head) == (keys, head)
        assert f"by {token}" in shown(tracker, log)
        assert [person.readable for person in tracker.people()] == ["token", "token"]


# --- showing ---------------------------------------------------------------------------------------------------------


def test_people_read_names_and_programs_tokens(tracker: Tracker) -> None:
    """The text of the log names who it was; its JSON has tokens only."""
    log = medway(tracker)
    text = shown(tracker, log)
    assert text.count("by Jane Smith") == 4  # also where she was written JANE smith: as she was written last
    assert "requester Jane Smith · approver Ravi Pátel" in text
    assert "person-" not in text
    written = json.dumps(as_json.log_json(log.events()))
    assert "Smith" not in written
    assert written.count('"person-') == 8


def test_without_the_keys_there_are_no_names(tmp_path: Path) -> None:
    """Whoever gets the store alone reads tokens, and the log is as whole as before."""
    with opened(tmp_path / "plan.db") as tracker:
        medway(tracker)
    (tmp_path / "plan.db.keys").unlink()
    with opened(tmp_path / "plan.db") as tracker:
        assert "Smith" not in shown(tracker, tracker.plan("medway"))
        assert all(found.intact for found in tracker.verify())
        assert [(p.readable, p.shown == p.token) for p in tracker.people()] == [("token", True)] * 2
        jane = tracker.people()[0].token
    first, *rest = run("--db", tmp_path / "plan.db", "people", jane)[1].splitlines()
    assert first == f"{jane}  sealed elsewhere, or without its key here · 5 places"
    assert all(": sealed elsewhere, or without its key here  [e-" in line for line in rest)


def test_who_may_not_read_the_keys_reads_tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store may be open to more people than the names in it: they get a log without names, and no error."""
    keys = str(tmp_path / "plan.db.keys")
    with opened(tmp_path / "plan.db") as tracker:
        log = medway(tracker)
        may = os.access
        monkeypatch.setattr(os, "access", lambda path, mode, **how: path != keys and may(path, mode, **how))
        assert f"by {log.at().waivers['w'].requester}" in shown(tracker, log)
        assert [person.readable for person in tracker.people()] == ["token", "token"]


def test_names_go_deep_and_leave_the_rest_alone(tracker: Tracker) -> None:
    """In findings, state and events alike; what holds no token is the same object, and nothing is changed in place."""
    log = medway(tracker)
    names = tracker.names()
    state, events = log.at(), list(log.events())
    assert named(state.waivers, names)["w"].requester == "Jane Smith"
    assert is_token(state.waivers["w"].requester)
    assert named(state.initiatives["redesign"], names) is state.initiatives["redesign"]
    assert named(events[1], names).data == attrs.evolve(events[1].data, person=RAVI)  # type: ignore[misc]
    assert named([state.plan, None, 5], names) == [state.plan, None, 5]


# --- bound to their place --------------------------------------------------------------------------------------------


def test_a_sealed_name_opens_nowhere_else(tmp_path: Path) -> None:
    """Each one moved to each other place, of another row, field or person, is refused there, every time."""
    path = tmp_path / "plan.db"
    with opened(path) as tracker:
        medway(tracker)
    found = places(path)
    assert len(found) == 8
    for (position, field, own), (_, _, other) in permutations(found, 2):
        put(path, position, field, other)
        with opened(path, check_heads=False) as tracker:
            wrong = [(m.position, m.field) for p in tracker.people() for m in p.mentions if m.readable == "unreadable"]
        assert wrong == [(position, field)]
        put(path, position, field, own)
    with opened(path) as tracker:
        assert all(one.intact for one in tracker.verify())


@pytest.mark.parametrize("sealed", ["", "AAAA", "no Base64 ½", "A" * 124])
def test_a_place_that_does_not_open_is_shown_as_such(tmp_path: Path, sealed: str) -> None:
    """Never a name that was not written there; the log, the list and `verify` all say that something is wrong."""
    path = tmp_path / "plan.db"
    with opened(path) as tracker:
        token = medway(tracker).at().waivers["w"].approver
    put(path, 5, "data.approver", sealed)
    with opened(path, check_heads=False) as tracker:
        lines = shown(tracker, tracker.plan("medway"))
        assert "requester Jane Smith · approver unreadable person" in lines
        assert "person Ravi Pátel" in lines  # where it was not touched
        [found] = tracker.verify()
        assert found.first_broken == 5
    code, out, _ = run("--db", path, "people")
    assert code == 2  # the last event is not that of the log: the store does not open
    with opened(path, check_heads=False) as tracker:
        tracker.plan("medway").record(BodyRegistered(body="b", title="B"), effective=DAY)
    code, out, _ = run("--db", path, "people")
    assert code == 1
    said = "unreadable: the sealed name was moved from another place, or changed"
    assert f"  medway #5 data.approver: {said}" in out.replace("\n      ", " ")
    assert f"{token}  Ravi Pátel · 3 places" in out


def test_somebody_of_whom_nothing_opens_is_unreadable(tmp_path: Path) -> None:
    """With the keys of another store, or where every place was touched."""
    path = tmp_path / "plan.db"
    with opened(path) as tracker:
        medway(tracker)
    for position, field, sealed in places(path):
        put(path, position, field, sealed[4:] + "AAAA")
    with opened(path, check_heads=False) as tracker:
        assert [(p.readable, p.shown) for p in tracker.people()] == [
            ("unreadable", f"unreadable person {p.token[-8:]}") for p in tracker.people()
        ]


# --- the command line ------------------------------------------------------------------------------------------------


def test_a_person_from_first_to_last_at_the_command_line(tmp_path: Path) -> None:
    """Recorded, shown, listed, erased, and shown as erased; programs never see the name."""
    db = tmp_path / "plan.db"
    lines = [
        {"type": "PlanOpened", "effective": DAY, "actor": {"person": "Jane Smith"},
         "data": {"title": "Medway", "organisation": "CCG", "period": "2017-2019"}},
        {"type": "BodyRegistered", "effective": DAY,
         "data": {"body": "sro", "title": "Senior responsible owner", "person": {"person": "Jane Smith"}}},
        {"type": "InitiativeProposed", "effective": DAY, "data": {"initiative": "redesign", "title": "Redesign"}},
    ]  # fmt: skip
    (tmp_path / "plan.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    code, _, err = run("--db", db, "record", "--plan", "medway", tmp_path / "plan.jsonl")
    assert (code, err) == (0, "medway: 3 events recorded, now at #3\n")
    [finding, *_] = json.loads(run("--db", db, "check", "--format", "json")[1])["findings"]
    code, _, err = run(
        "--db", db, "waive", finding["fingerprint"], "--reason", "Agreed", "--until", "2099-01-01",
        "--requester", "person:Jane Smith", "--approver", "chair",
    )  # fmt: skip
    assert code == 0, err
    with plantrack.open(db) as tracker:
        token = tracker.token_of("Jane Smith")

    texts = [["log"], ["show", "body:sro"], ["show", "waivers"], ["check"], ["check", "--format", "markdown"]]
    texts += [["people"], ["blame", "body:sro"], ["diff", "#1", "latest"], ["log", "--late", "1h"]]
    texts.append(["why", finding["fingerprint"]])
    programs = [[*args, "--format", "json"] for args in (["log"], ["show"], ["check"], ["blame", "body:sro"])]
    programs.append(["check", "--format", "sarif"])
    for args in texts:
        assert "Jane Smith" in run("--db", db, *args)[1], args
        assert token not in run("--db", db, *args)[1] or args == ["people"], args
    for args in programs:
        out = run("--db", db, *args)[1]
        assert "Smith" not in out, args
    assert token in run("--db", db, "log", "--format", "json")[1]
    listed = json.loads(run("--db", db, "people", "--format", "json")[1])
    assert [(p["token"], p["name"], len(p["mentions"])) for p in listed] == [(token, "Jane Smith", 4)]
    one = run("--db", db, "people", "jane smith")[1].splitlines()
    assert one[0] == f"{token}  Jane Smith · 4 places"
    assert one[1].startswith("  medway #1 actor: Jane Smith  [e-")

    code, _, err = run("--db", db, "erase", "Jane Smith", "--reason", "Asked for it", "--actor", "officer")
    assert (code, err) == (
        0,
        f"medway: {token} is erased, which #5 says\n"
        "copies of the keys file, in backups too, still hold the key: destroy them\n",
    )
    for args in texts:
        out = run("--db", db, *args)[1]
        assert "Smith" not in out, args
        assert f"erased person {token[-8:]}" in out.replace("\n" + " " * 22, " ").replace("\n" + " " * 18, " "), args
    code, _, err = run("--db", db, "erase", token, "--reason", "Asked for it")
    assert (code, err) == (0, f"{token} was erased before; nothing was recorded\n")
    assert run("--db", db, "erase", "Jane Smith", "--reason", "x")[2] == f"plantrack: {REFUSED}\n"
    assert run("--db", db, "erase", token, "--reason", " ")[2] == "plantrack: --reason is blank; an erasure says why\n"


def test_erase_asks_at_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says how often the person stands there; without a yes nothing happens."""
    db = tmp_path / "plan.db"
    with opened(db) as tracker:
        medway(tracker)
        token = tracker.token_of("Jane Smith")
    monkeypatch.setattr("plantrack.cli.privacy.at_terminal", lambda: True)
    code, _, err = run("--db", db, "erase", "Jane Smith", "--reason", "Asked for it", stdin="n\n")
    assert code == 1
    said = f"{token} stands in 5 places. The name cannot be brought back. Erase it? [y/N]: "
    assert err.startswith(said)
    assert "Jane Smith · 5 places" in run("--db", db, "people")[1]
    assert run("--db", db, "erase", "Jane Smith", "--reason", "Asked for it", stdin="y\n")[0] == 0
    assert run("--db", db, "erase", "Ravi Pátel", "--reason", "Asked for it", "--yes")[0] == 0
    assert run("--db", db, "people")[1].count("erased person") == 2


def test_backup_says_that_the_keys_are_not_in_it(tmp_path: Path) -> None:
    """Where there are any; with them it says nothing of it."""
    db = tmp_path / "plan.db"
    with opened(db) as tracker:
        medway(tracker)
    assert run("--db", db, "backup", tmp_path / "a.db")[2].splitlines()[1:] == [
        "the keys of natural persons are not in it: --with-keys copies them, to be kept apart"
    ]
    assert len(run("--db", db, "backup", tmp_path / "b.db", "--with-keys")[2].splitlines()) == 1
    assert (tmp_path / "b.db.keys").exists()
    assert not (tmp_path / "a.db.keys").exists()


def test_a_store_without_persons_says_so(tmp_path: Path) -> None:
    """An empty list is a sentence for people and a list for programs."""
    run("--db", tmp_path / "plan.db", "init")
    assert run("--db", tmp_path / "plan.db", "people") == (0, "no natural person stands in this store\n", "")
    assert run("--db", tmp_path / "plan.db", "people", "--format", "json") == (0, "[]\n", "")
