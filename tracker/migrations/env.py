"""What Alembic runs: on the connection and in the transaction that it is given."""

from typing import Any

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import CreateIndexOp, CreateTableOp, MigrationScript
from alembic.util.sqla_compat import is_expression_index
from sqlalchemy import JSON

from tracker.db import UTC
from tracker.migrations import metadata


def include_object(_thing: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    """The full-text index and its shadow tables belong to ``triggers``."""
    return not (kind == "table" and (name or "").startswith("task_fts")) and name != "ix_task_search"


def render_item(kind: str, thing: Any, writing: AutogenContext) -> Any:
    """A migration names no type of ours: those may change, it may not."""
    if kind == "type" and isinstance(thing, UTC):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(thing, JSON):
        writing.imports.add("from sqlalchemy.dialects import postgresql")
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    return False


def indexes_over_expressions(_context: Any, _revision: Any, scripts: list[MigrationScript]) -> None:
    """Alembic leaves these out, since SQLite can't tell which ones it has: a new table brings its own along."""
    operations = scripts[0].upgrade_ops
    assert operations is not None
    for made in [each for each in operations.ops if isinstance(each, CreateTableOp)]:
        for index in metadata.tables[made.table_name].indexes:
            if is_expression_index(index):
                operations.ops.append(CreateIndexOp.from_index(index))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    include_object=include_object,
    render_item=render_item,
    process_revision_directives=indexes_over_expressions,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
