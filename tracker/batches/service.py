"""What is done with batches, in one place.

Freezing and cancelling are in ``freezing``, the bank's answers in ``outcomes``, downloads in ``files``, layouts in ``layouts``.
Single lines are paid and returned as everywhere, by ``rewards.service``.
"""

from __future__ import annotations

from tracker.batches.files import open_file, open_result, open_workbook
from tracker.batches.freezing import cancel_batch, freeze_batch
from tracker.batches.layouts import add_layout, edit_layout, retire_layout
from tracker.batches.outcomes import apply_result, note_reading, set_aside_result, upload_result

__all__ = [
    "add_layout", "apply_result", "cancel_batch", "edit_layout", "freeze_batch", "note_reading", "open_file",
    "open_result", "open_workbook", "retire_layout", "set_aside_result", "upload_result",
]  # fmt: skip
