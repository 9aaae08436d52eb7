from tests.support.cast import Cast
from tests.support.client import Client


def test_the_cast_and_a_page(cast: Cast, client: Client) -> None:
    claim = cast.make_claim(state="accepted")
    assert claim.points == 20
    client.get("/help/")
    client.sign_in(cast.mona).get("/help/")
    client.get("/nothing-here", status=404)
