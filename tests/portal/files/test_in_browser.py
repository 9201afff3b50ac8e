"""Files in Chromium: chosen, dropped, pasted, stopped; shown as pictures; nothing in them runs (R39)."""

import io

import pytest
from playwright.sync_api import expect

from servicedesk.tickets.conversation import reply
from servicedesk.tickets.core.numbers import number_text
from servicedesk.tickets.uploads import take_in
from tests.support import pictures

pytestmark = pytest.mark.browser

GIVE = """([place, kind, names]) => {
  const given = new DataTransfer();
  for (const name of names) given.items.add(new File(["hello"], name, { type: "text/plain" }));
  const about = { bubbles: true, cancelable: true };
  const event = kind === "paste" ? new ClipboardEvent("paste", { ...about, clipboardData: given })
    : new DragEvent(kind, { ...about, dataTransfer: given });
  document.querySelector(place).dispatchEvent(event);
}"""


@pytest.fixture
def visit(browser, address):
    """`visit(client, "/requests")` returns the page as that person sees it; `trouble` is what it said."""
    opened = []

    def go(client, path, **window):
        context = browser.new_context(**window)
        opened.append(context)
        context.add_cookies([{"name": "desk", "value": client.get_cookie("desk").value, "url": address}])
        page = context.new_page()
        page.trouble = []
        page.on("console", lambda said: page.trouble.append(said.text) if said.type == "error" else None)
        page.goto(address + path)
        return page

    yield go
    for context in opened:
        context.close()


@pytest.fixture
def customer(sign_in_as):
    return sign_in_as("customer")


@pytest.fixture
def ref(make_ticket, customer):
    return number_text(make_ticket(customer.actor).id, "SD")


def chosen(data, name="cat.png"):
    return {"name": name, "mimeType": "image/png", "buffer": data}


def test_a_picture_is_chosen_sent_and_seen(visit, customer):
    page = visit(customer, "/")
    page.fill("#f-text", "My screen shows this")
    page.set_input_files("#ask [type=file]", chosen(pictures.png(4, 4)))
    expect(page.locator("#ask [data-files] .file-name")).to_have_text("cat.png")
    page.click("#ask .btn-main")

    picture = page.locator("#conversation .file-picture")
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("naturalWidth", 4)
    assert page.trouble == []


def test_files_are_dropped_and_pasted_and_taken_out_by_keyboard(visit, sign_in_as, ref):
    page = visit(sign_in_as("agent"), f"/desk/tickets/{ref}")
    page.fill("#composer-text", "Look")
    page.evaluate(GIVE, ["#composer", "drop", ["dropped.txt"]])
    page.evaluate(GIVE, ["#composer-text", "paste", ["pasted.txt"]])
    expect(page.locator("#composer [data-discard]")).to_have_count(2)

    page.get_by_role("button", name="Take out dropped.txt").press("Enter")
    page.reload()
    expect(page.locator("#composer .file-name")).to_have_text(["pasted.txt"])  # it waits with the draft
    page.locator("#composer .btn-main:visible").click()

    expect(page.locator(".thread .file-name")).to_have_text(["pasted.txt"])
    assert page.trouble == []


def test_a_text_waits_for_its_file_and_a_file_can_be_stopped(visit, customer, ref):
    page = visit(customer, f"/requests/{ref}")
    held = []
    page.route("**/files?name=*", lambda route: [held.append(route)])
    page.fill("#composer-text", "With the log")
    page.set_input_files(
        "#composer [type=file]", [chosen(b"a log", "log.txt"), chosen(b"wrong", "wrong.txt")]
    )
    expect(page.locator("#composer progress")).to_have_count(2)
    page.locator("#composer li", has_text="wrong.txt").get_by_role("button").click()
    page.locator("#composer .btn-main:visible").click()
    expect(page.locator("[data-attach-word]")).to_contain_text("still on their way")

    next(route for route in held if "log.txt" in route.request.url).continue_()

    expect(page.locator("#conversation .file-name")).to_have_text(["log.txt"])


def test_a_file_that_is_too_large_is_told_before_it_is_sent(visit, customer, ref, tmp_path):
    page = visit(customer, f"/requests/{ref}")
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        file.truncate(26_000_000)
    page.fill("#composer-text", "It stays")
    page.set_input_files("#composer [type=file]", large)

    expect(page.locator("[data-attach-word]")).to_contain_text("large.bin: larger than 25 MB")
    expect(page.locator("#composer-text")).to_have_value("It stays")


def test_without_script_the_file_goes_with_the_form(visit, customer, ref):
    page = visit(customer, f"/requests/{ref}", java_script_enabled=False)
    page.fill("#composer-text", "Plain")
    page.set_input_files("#composer [type=file]", chosen(b"plain", "plain.txt"))
    page.locator("#composer .btn-main:visible").click()

    expect(page.locator("#conversation .file-name")).to_have_text(["plain.txt"])


def attached(who, ref, data, name):
    """Let `who` send a file with a reply."""
    ticket_id = int(ref.rpartition("-")[2])
    reply(who, ticket_id, text="See.", uploads=[take_in(who, io.BytesIO(data), name=name).id])


def test_a_picture_is_opened_alone_and_a_drawing_with_a_script_is_only_saved(visit, customer, ref):
    attached(customer.actor, ref, pictures.png(4, 4), "cat.png")
    attached(customer.actor, ref, pictures.SCRIPTED_SVG, "logo.svg")
    page = visit(customer, f"/requests/{ref}")
    links = page.locator("#conversation a.file").evaluate_all("links => links.map(link => link.href)")

    with page.expect_download() as saved:
        page.evaluate("url => location.assign(url)", links[1])
    page.goto(links[0])

    assert saved.value.suggested_filename == "logo.svg"
    expect(page.locator("img")).to_have_js_property("naturalWidth", 4)
