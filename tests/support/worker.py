"""A worker in a process of its own, on a database that a test built from the models."""

from __future__ import annotations


def main() -> None:
    """Work until SIGTERM; settings come from the environment."""
    from tracker import nightly  # noqa: F401  # what workers do besides mail is registered by it
    from tracker.app import create_app
    from tracker.events.worker import run_worker

    run_worker(create_app())


if __name__ == "__main__":
    main()
