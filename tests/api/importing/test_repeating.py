"""Twice is once: repeated, interrupted, overtaken, raced and erased, an import leaves the same."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.importing import ImportResult, Mapping, run_import
from api.importing.importer import SIZE
from ledger.application import Ledger
from ledger.config import Settings
from ledger.errors import CommandReused
from ledger.genesis import create
from tests.api.importing.conftest import HEADER, SHORT, alike, owner, people, silent
from tests.ledger.store.processes import start

Imported = Callable[..., tuple[ImportResult, list[str]]]
ZOE = "C-1,zoe@example.org,Zoë Example,+44 20 7946 0001,Mill Lane 1,,2024-05-01,yes"
MOVED = "C-1,zoe@example.org,Zoë Example,+44 20 7946 0001,Mill Lane 9,,2024-05-02,yes"
OLA = "C-2,ola@example.org,Ola Beispiel,,,,2024-05-01,no"


def test_the_same_file_twice_is_the_same_commands(ledger: Ledger, imported: Imported) -> None:
    """The second run writes nothing at all."""
    first, _ = imported(ZOE, OLA)
    end = ledger.recorder.last()
    second, _ = imported(ZOE, OLA)
    assert (first.registered, second.registered, second.repeated) == (2, 0, 2)
    assert ledger.recorder.last() == end


def test_an_unchanged_person_of_another_file_yields_no_event(
    ledger: Ledger, imported: Imported
) -> None:
    """Values are recognised by their marks; nothing is opened, nothing recorded."""
    imported(ZOE, OLA)
    end = ledger.recorder.last()
    result, _ = imported(OLA, ZOE)
    assert (result.unchanged, result.changed, result.consents) == (2, 0, 0)
    assert ledger.recorder.last() == end


def test_a_changed_value_of_the_same_source_is_a_correction(
    ledger: Ledger, imported: Imported
) -> None:
    """What this source brought is replaced; what it brings for the first time is collected."""
    imported(ZOE, OLA)
    result, _ = imported(MOVED, OLA.replace(",,,,", ",+44 20 7946 0002,,,"))
    zoe, ola = sorted(people(ledger).values(), key=lambda one: len(one.topics), reverse=True)
    assert result.changed == 2
    assert zoe.topics[-1] == "data-corrected"
    assert ("billing-address", "Mill Lane 9") in zoe.values
    assert ("billing-address", "Mill Lane 1") not in zoe.values
    assert ola.topics == ("subject-registered", "data-collected", "data-collected")


def test_a_value_of_a_new_period_is_collected_beside_the_old(
    ledger: Ledger, imported: Imported
) -> None:
    """Each year's value lies under its own key and ends with its year."""
    imported(ZOE)
    imported(MOVED.replace("2024-05-02", "2025-05-02"))
    (zoe,) = people(ledger).values()
    addresses = {value for attribute, value in zoe.values if attribute == "billing-address"}
    assert addresses == {"Mill Lane 1", "Mill Lane 9"}


def test_a_value_that_comes_back_is_news_again(ledger: Ledger, imported: Imported) -> None:
    """Moved away and home again: the mark of the first address went with its correction."""
    for month, address in enumerate(("Mill Lane 1", "Mill Lane 9", "Mill Lane 1")):
        result, _ = imported(ZOE.replace("Mill Lane 1", address), import_id=f"month {month}")
        assert result.unchanged == 0
    (zoe,) = people(ledger).values()
    assert ("billing-address", "Mill Lane 1") in zoe.values
    assert ("billing-address", "Mill Lane 9") not in zoe.values


def test_two_lines_of_one_file_about_one_person(ledger: Ledger, imported: Imported) -> None:
    """The second is compared with what the first has told."""
    imported(OLA)
    new = OLA.replace(",,,,", ",+44 20 7946 0002,,,")
    result, _ = imported(new, new)
    assert (result.changed, result.unchanged) == (1, 1)
    (ola,) = people(ledger).values()
    assert ola.topics == ("subject-registered", "data-collected", "data-collected")


def test_what_told_nothing_new_is_through(ledger: Ledger, imported: Imported) -> None:
    """Repeated after somebody else's correction, it is counted as it was, and tells nothing."""
    imported(ZOE, import_id="first")
    assert imported(ZOE, import_id="second")[0].unchanged == 1
    imported(MOVED, import_id="third")
    end = ledger.recorder.last()
    again, _ = imported(ZOE, import_id="second")
    assert (again.lines, again.unchanged, again.changed) == (1, 1, 0)
    assert ledger.recorder.last() == end


def test_a_person_registered_by_somebody_else_meanwhile_is_recognised(
    ledger: Ledger, imported: Imported, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line lost the race for the address; looked at again, it is about a known person."""
    batch, left = ledger.batch, [OLA]

    def overtaken(commands: Any) -> Any:
        if left and any(command.NAME == "tell-line" for command in commands):
            imported(left.pop(), import_id="rival")
        return batch(commands)

    monkeypatch.setattr(ledger, "batch", overtaken)
    result, refused = imported(OLA, import_id="own")
    assert (result.registered, result.unchanged, refused) == (0, 1, [])
    assert len(people(ledger)) == 1


def test_a_line_that_a_later_one_has_overtaken_does_not_come_back(
    ledger: Ledger, imported: Imported
) -> None:
    """The first line told nothing new in the first run; repeated, it would undo the second."""
    imported(ZOE)
    imported(ZOE, OLA, MOVED)
    before = alike(ledger)
    imported(ZOE, OLA, MOVED)
    assert alike(ledger) == before


def test_one_person_twice_in_a_file_is_one_person(ledger: Ledger, imported: Imported) -> None:
    """Within one batch the second line is compared with what the first one told."""
    result, _ = imported(ZOE, ZOE, MOVED, "C-1,new@example.org,,,,,2024-05-03,")
    (zoe,) = people(ledger).values()
    assert (result.registered, result.unchanged, result.changed) == (1, 1, 2)
    assert {("email-address", "new@example.org"), ("billing-address", "Mill Lane 9")} <= zoe.values
    assert ("email-address", "zoe@example.org") not in zoe.values


def test_one_person_in_two_batches_is_one_person(ledger: Ledger, imported: Imported) -> None:
    """A batch that is decided while the one before is appended does not register anybody twice."""
    others = [f"C-{n},p{n}@example.org,Person {n},,,,2024-05-01," for n in range(10, SIZE + 9)]
    result, _ = imported(ZOE, *others, MOVED, OLA)
    assert (result.registered, result.changed, result.refused) == (len(others) + 2, 1, 0)


def test_identifiers_of_two_people_are_refused_until_that_is_mended(
    ledger: Ledger, imported: Imported
) -> None:
    """The line names one person's number and another's address: nobody is changed."""
    mixed = "C-1,ola@example.org,Who Ever,,,,2024-05-01,"
    imported(ZOE, OLA)
    result, report = imported(ZOE, mixed)
    assert (result.refused, result.unchanged) == (1, 1)
    assert report[0].startswith("3,line,The line's identifiers belong to different people.")
    again, _ = imported(ZOE, mixed)
    assert (again.refused, again.repeated) == (1, 1)


def test_a_repetition_does_not_bring_back_who_was_erased(
    ledger: Ledger, imported: Imported
) -> None:
    """The file's commands are answered; what happened since is not undone."""
    imported(ZOE, OLA)
    imported(OLA, ZOE)
    for number, subject in enumerate(people(ledger)):
        by = owner(ledger)
        asked = ledger.request_erasure(by=by, key=f"r{number}", subject=subject).result(60)
        ledger.erase(by=by, key=f"e{number}", subject=subject, erasure=asked.ids["erasure"]).result(
            60
        )
    end = ledger.recorder.last()
    imported(ZOE, OLA)
    imported(OLA, ZOE)
    assert ledger.recorder.last() == end


def test_an_import_id_stands_for_one_file(imported: Imported) -> None:
    """Under the id of another file nothing would be told, silently; so it is refused."""
    imported(ZOE, import_id="monday")
    assert imported(ZOE, import_id="monday")[0].repeated == 1
    with pytest.raises(CommandReused):
        imported(OLA, import_id="monday")


def _export(tmp_path: Path, count: int) -> Path:
    """People of two batches and a half, some of them twice, the second time with a new address."""
    lines = [
        f"C-{n},p{n}@example.org,Person {n},,Mill Lane {n},,2024-05-01,{'yes' if n % 3 else ''}"
        for n in range(count)
    ]
    for n in range(7, count, 40):
        lines.insert(min(n * 2, len(lines)), lines[n].replace("Mill Lane", "Hill Road"))
    file = tmp_path / "export.csv"
    file.write_text(HEADER + "".join(line + "\n" for line in lines), "utf-8")
    (tmp_path / "mapping.yaml").write_text(SHORT, "utf-8")
    return file


def _run(ledger: Ledger, mapping: Mapping, file: Path) -> ImportResult:
    return run_import(ledger, file, mapping, by=owner(ledger), import_id=None, progress=silent)


def _child(settings: Settings, file: Path, batch: int) -> Any:
    mapping = file.with_name("mapping.yaml")
    return start(settings, "tests.api.importing.child", file, mapping, batch)


def test_killed_and_repeated_equals_undisturbed(
    store_settings: Settings, mapping: Mapping, tmp_path: Path, tmp_path_factory: Any
) -> None:
    """kill -9 at each batch, then once more: the same people, values and entries, none doubled."""
    file = _export(tmp_path, SIZE * 2 + 50)
    create(store_settings)
    for batch in (1, 2, 3):
        child = _child(store_settings, file, batch)
        assert child.wait(120) == -signal.SIGKILL
    disturbed = Ledger.open(store_settings)
    _run(disturbed, mapping, file)

    calm = Settings(home=tmp_path_factory.mktemp("calm") / "home")
    create(calm)
    undisturbed = Ledger.open(calm)
    _run(undisturbed, mapping, file)
    assert Counter(alike(disturbed)) == Counter(alike(undisturbed))
    end = disturbed.recorder.last()
    _run(disturbed, mapping, file)
    assert disturbed.recorder.last() == end
    disturbed.close()
    undisturbed.close()


def test_two_processes_import_the_same_file_at_once(
    store_settings: Settings, tmp_path: Path
) -> None:
    """They race for every line, and nobody is registered twice."""
    count = SIZE + 50
    file = _export(tmp_path, count)
    create(store_settings)
    rivals = [_child(store_settings, file, 0) for _ in range(2)]
    assert [rival.wait(120) for rival in rivals] == [0, 0]
    ledger = Ledger.open(store_settings)
    topics = Counter(topic for one in people(ledger).values() for topic in one.topics)
    assert len(people(ledger)) == count
    assert topics["data-collected"] == count
    ledger.close()
