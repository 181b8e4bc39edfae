"""Where a benchmark works: never in the user's ledger, and nothing is left of it."""

from __future__ import annotations

import psycopg
import pytest

from api.bench.places import PREFIX, fresh, store_of
from ledger.config import Settings
from ledger.errors import UnsafeSettings


def left(given: Settings) -> list[object]:
    """What benchmarks left: files beside the home, schemas, roles."""
    found: list[object] = [path.name for path in given.home.parent.iterdir()]
    if given.owner_url is not None:
        with psycopg.connect(given.owner_url.get_secret_value()) as owner:
            for names in (
                "SELECT nspname FROM pg_namespace WHERE nspname LIKE %s",
                "SELECT rolname FROM pg_roles WHERE rolname LIKE %s",
            ):
                found += owner.execute(names, [PREFIX + "%"]).fetchall()
    return found


@pytest.mark.parametrize("end", [None, KeyboardInterrupt(), RuntimeError()], ids=str)
def test_nothing_is_left_however_it_ends(given: Settings, end: BaseException | None) -> None:
    """Not a file, not a schema, not a role; also after Ctrl-C with sessions open."""
    before = left(given)
    try:
        with fresh(store_of(given), given) as place, place.ledger() as ledger:
            assert ledger.recorder.last()[0] == 3
            assert left(given) != before
            if end is not None:
                raise end
    except (KeyboardInterrupt, RuntimeError):
        pass
    assert left(given) == before


def test_the_ledger_of_the_settings_is_not_touched(given: Settings) -> None:
    """Home and schema that the settings name are not even made."""
    with fresh(store_of(given), given) as place, place.another() as other:
        assert len({given.home, place.settings.home, other.settings.home}) == 3
        assert not given.home.exists()
        if given.database_url is not None:
            names = {given.schema_name, place.settings.schema_name, other.settings.schema_name}
            assert len(names) == 3


def test_postgresql_needs_its_owner(given: Settings) -> None:
    """Without one, or with one of another database, it says which setting is missing."""
    if given.owner_url is None:
        with pytest.raises(UnsafeSettings) as missing, fresh("postgresql", given):
            pass
        assert missing.value.facts["setting"] == "LEDGER_DATABASE_URL"
        return
    with (
        pytest.raises(UnsafeSettings) as missing,
        fresh("postgresql", given.model_copy(update={"owner_url": None})),
    ):
        pass
    assert missing.value.facts["setting"] == "LEDGER_OWNER_URL"
    other = Settings(
        home=given.home, database_url="host=a user=b", owner_url="host=c user=d dbname=b"
    )
    with pytest.raises(UnsafeSettings, match="different databases"), fresh("postgresql", other):
        pass
