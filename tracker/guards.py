"""How a refusal of the database is written for SQLite and for PostgreSQL; the list of them is ``triggers``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trigger:
    """Refuses ``when`` (a condition over NEW and OLD in SQL that both databases read) at ``events`` of ``table``."""

    name: str
    table: str
    events: tuple[str, ...]
    when: str
    only: str = ""

    def for_sqlite(self) -> Iterator[tuple[str, str]]:
        for event in self.events:
            if event == "TRUNCATE":
                continue
            name = f"{self.name}_{event.split()[0].lower()}"
            yield (
                name,
                f"CREATE TRIGGER {name} BEFORE {event} ON {self.table} WHEN {self.when}"
                f" BEGIN SELECT RAISE(ABORT, '{self.name}'); END",
            )

    def for_postgresql(self) -> Iterator[tuple[str, str]]:
        raising = f"RAISE EXCEPTION '{self.name}' USING ERRCODE = 'check_violation', CONSTRAINT = '{self.name}';"
        function = (
            f"CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {self.when} THEN"
            f" {raising} END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
        )
        yield f"{self.name}()", function
        for event in self.events:
            name = f"{self.name}_{event.split()[0].lower()}"
            level = "STATEMENT" if event == "TRUNCATE" else "ROW"
            yield (
                name,
                f"CREATE TRIGGER {name} BEFORE {event} ON {self.table} FOR EACH {level} EXECUTE FUNCTION {self.name}()",
            )


def frozen(name: str, when: str, columns: tuple[str, ...], table: str = "reward") -> Trigger:
    """Refuses a change of any of the ``columns`` ``when`` it isn't the time for it any more."""
    changed = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in columns)
    return Trigger(name, table, (f"UPDATE OF {', '.join(columns)}",), f"{when} AND ({changed})")
