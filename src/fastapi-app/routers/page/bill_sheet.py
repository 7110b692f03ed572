"""The bill to print. Pure."""

from markupsafe import Markup

from routers.answers.bill import BillOut
from routers.page.page import Page
from wording.localise import Lang


def bill_sheet(page: Page, bill: BillOut, plant_name: str, *, lang: Lang, nonce: str) -> str:
    """The page."""
    f = page.wording.locale(lang)
    return page.templates.get_template("bill.html").render(
        f=f,
        t=f.t,
        bill=bill,
        plant_name=plant_name,
        nonce=nonce,
        css=Markup(page.assets.sheet_css),  # noqa: S704  our own file, read at start
    )
