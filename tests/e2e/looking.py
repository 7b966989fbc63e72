"""What is wrong with a page as it stands, for everybody who may look at it."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, Route

# What a dark screen changes is colours; the rest of a page is the same, and is looked at once.
COLOURS = {
    "runOnly": ["color-contrast", "link-in-text-block"],
    "resultTypes": ["violations"],
}
EVERYTHING = {"resultTypes": ["violations"]}


def faults(page: Page) -> list[str]:
    """What axe finds in light and in dark (the rule, and where), and whether anything sticks out of the screen.

    axe is a script: the page's context lets scripts run and bypasses the policy that lets none of others run.
    """
    page.wait_for_load_state()
    found = []
    for scheme, options in (("light", EVERYTHING), ("dark", COLOURS)):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [
            f"{scheme}: {one['id']}: {node['html'][:120]}" for one in _run(page, options) for node in one["nodes"]
        ]
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("wider than the screen")
    return found


class Late:
    """What a page asks for at an address, and is not answered before the test says so."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.routes = page, list[Route]()
        page.route(address, lambda route: self.routes.append(route))  # noqa: PLW0108 - playwright marks it

    def first(self) -> Route:
        """The first that it asked for, as soon as it has."""
        for _look in range(800):
            if self.routes:
                return self.routes[0]
            self.page.wait_for_timeout(50)
        raise AssertionError("nothing was asked for")


def answers_are_read(page: Page) -> None:
    """Return when what the page was answered so far is dealt with: one more answer is asked for behind it, and read."""
    page.evaluate("fetch(location.href, { headers: { 'X-Timer': '1' } }).then((answer) => answer.text())")


def _run(page: Page, options: dict) -> list[dict]:
    if not page.evaluate("!!window.axe"):
        page.evaluate(AXE_SCRIPT)
    return page.evaluate("options => axe.run(document, options)", options)["violations"]
