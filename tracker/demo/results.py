"""What the quarter's end brings: things that are sent, and the results in public with an objection that is answered."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tracker.public_notices import service as public_notices
from tracker.public_notices.results import results
from tracker.public_notices.rules import fingerprint
from tracker.rewards import service as rewards
from tracker.shipping import service as shipping

if TYPE_CHECKING:
    from tracker.demo.story import Story


def things(story: Story) -> None:
    """Two things for people of AKG: one is ready to be sent, for the other an address is waited for."""
    for handle, words in (("otto", "Development board, for the best bug report"), ("dora", "Mechanical keyboard")):
        propose = partial(
            rewards.propose_reward, story.who("mona"), story.sigs["akg"], user=story.who(handle), kind="bonus",
            description=words,
        )  # fmt: skip
        line = story.at(0.9945, propose)
        story.at(0.9946, partial(rewards.approve_reward, story.who("fay"), line, version=line.version))
        if handle == "otto":
            enter = partial(
                shipping.enter_address, story.who(handle), line, recipient="Otto Brandt", phone="010 0000 0000", country="CN",
                region="北京市", city="北京市", street="海淀区示例路 1 号", postcode="100000",
            )  # fmt: skip
            story.at(0.9947, enter)


def notice(story: Story) -> None:
    """The results of AKG's quarter in public; somebody objects to the whole, and is answered."""
    cycle = story.cycles["akg"]
    opened = story.at(
        0.9985, lambda: public_notices.open_notice(story.who("mona"), cycle, seen=fingerprint(results(cycle)))
    )
    made = story.at(
        0.9986, lambda: public_notices.make_objection(
            story.who("suhe"), opened, row=0, text="The task that I handed in last isn't here."),
    )  # fmt: skip
    story.at(
        0.9987, lambda: public_notices.dismiss_objection(
            story.who("luqing"), made, answer="It was accepted on the first day of the next quarter, and stands there."),
    )  # fmt: skip
