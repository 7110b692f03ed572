"""The operator's guide as it is printed."""

import re
from pathlib import Path

from playwright.sync_api import Browser

GUIDE = Path(__file__).resolve().parents[2] / "docs/guia.html"


def test_the_operators_guide_prints_on_two_pages(browser: Browser) -> None:
    page = browser.new_page()
    page.goto(GUIDE.as_uri())
    pdf = page.pdf(format="A4", prefer_css_page_size=True)
    page.close()
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2
