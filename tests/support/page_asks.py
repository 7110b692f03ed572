"""Makes the page in a browser ask the service now, not at its next half minute."""

from playwright.sync_api import Page, Request, TimeoutError

ONLINE = "dispatchEvent(new Event('online'))"
"""What the browser says when the network is back: the page asks at once, unless a question of its own is still running."""
TRIES = 60


def asked(page: Page) -> Request:
    """The page's question, once it is free to ask; `.response()` waits for the answer."""
    for _ in range(TRIES):
        try:
            with page.expect_request("**/dashboard/complete", timeout=500) as request:
                page.evaluate(ONLINE)
            return request.value
        except TimeoutError:
            continue
    raise AssertionError(f"the page did not ask within {TRIES} tries of half a second")


def answered(page: Page) -> int:
    """The status of the answer to the page's question."""
    response = asked(page).response()
    assert response is not None, "the question failed without an answer"
    return response.status


def drawn(page: Page) -> None:
    """Once every chart is drawn: the page draws one in each idle moment, however long the machine takes to have so many."""
    page.evaluate(
        """() => new Promise((done) => {
          let left = document.querySelectorAll("[data-chart]").length + 2;
          const idle = () => (left-- > 0 ? requestIdleCallback(idle) : requestAnimationFrame(() => requestAnimationFrame(done)));
          idle();
        })"""
    )
