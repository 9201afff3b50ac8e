"""How pages of agreements and combined calendars are brought into the state to show."""

from playwright.sync_api import Page, expect


def combine_calendars(page: Page) -> None:
    """The hours that the first two calendars share, with their days."""
    page.goto("/admin/calendars/combine")
    page.fill("[name=name]", "Ours and theirs")
    for box in page.locator("[name=members]").all()[:2]:
        box.check()
    page.click("[name=do][value=look]")


def give_a_rule_steps(page: Page) -> None:
    """Two rules of an agreement with steps of their own, and what they do in words."""
    page.goto("/admin/agreements/gold")
    page.locator("details:has([name=r2_name]) > summary").click()
    page.select_option("[name=r2_steps]", "own")
    page.select_option("[name=r3_steps]", "none", force=True)
    page.locator("details:has(> div [name=r2_s1_amount]) > summary").last.click()
    page.fill("[name=r2_s1_amount]", "60")
    page.locator("[name=r2_s1_to]").first.check()
    page.click("[name=do][value=look]")
    expect(page.locator("#effect")).to_be_visible()
    for name in ("r2_name", "r2_s1_amount"):
        page.locator(f"details:has(> div [name={name}]) > summary").last.click()


def try_combined_hours(page: Page) -> None:
    """What is tried of two calendars that are combined; they are, once."""
    page.goto("/reports/time-machine")
    if not page.locator("a[href$='/ours_and_theirs']").count():
        combine_calendars(page)
        page.click("[name=do][value=save]")
        expect(page.locator(".toast")).to_be_visible()
    page.goto("/reports/time-machine/new/calendar/ours_and_theirs")


def try_a_part_of_combined_hours(page: Page) -> None:
    """The hours of a calendar that another one combines."""
    try_combined_hours(page)
    page.goto("/reports/time-machine/new/calendar/desk")
