"""What a person does in Label Studio's page: words dragged over, arrows drawn, choices made."""

from __future__ import annotations

from playwright.sync_api import Page

_RECTANGLES = """
([phrase, occurrence]) => {
  const root = document.querySelector('.khabar-text .lsf-htx-richtext');
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes = []; let text = '';
  for (let n = walker.nextNode(); n; n = walker.nextNode()) { nodes.push([n, text.length]); text += n.data; }
  let start = -1;
  for (let i = 0; i < occurrence; i++) start = text.indexOf(phrase, start + 1);
  const at = (offset) => {
    const [node, from] = nodes.findLast(([n, from]) => from <= offset && offset < from + n.data.length);
    const range = document.createRange();
    range.setStart(node, offset - from); range.setEnd(node, offset - from + 1);
    const r = range.getBoundingClientRect();
    return [r.left, r.right, r.top + r.height / 2];
  };
  return [at(start), at(start + phrase.length - 1)];
}
"""


def drag_over(page: Page, phrase: str, occurrence: int = 1) -> None:
    """Drags the mouse from the first letter of a phrase to its last, from right to left."""
    page.locator(".khabar-text .lsf-htx-richtext").scroll_into_view_if_needed()
    (_, right, y), (left, _, y_end) = page.evaluate(_RECTANGLES, [phrase, occurrence])
    page.mouse.move(right - 0.5, y)
    page.mouse.down()
    page.mouse.move((left + right) / 2, (y + y_end) / 2, steps=4)
    page.mouse.move(left + 0.5, y_end, steps=4)
    page.mouse.up()


def label(page: Page, name: str, phrase: str, occurrence: int = 1) -> None:
    """Chooses a label and drags it over a phrase."""
    regions = page.locator(".htx-highlight")
    before = regions.count()
    page.locator(".lsf-label", has_text=name).first.click()
    drag_over(page, phrase, occurrence)
    regions.nth(before).wait_for()
    page.keyboard.press("Escape")


def sign_in(page: Page, url: str, user: str, password: str) -> None:
    """Signs in."""
    page.goto(f"{url}/user/login/")
    page.fill("input[name=email]", user)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_url("**/")


def join(page: Page, start: int, end: int, name: str) -> None:
    """Draws an arrow between two regions, by their places in the text, and gives it a label."""
    regions = page.locator(".htx-highlight")
    regions.nth(start).click()
    page.keyboard.press("Alt+r")
    regions.nth(end).click()
    page.keyboard.press("Escape")
    page.locator(".lsf-panel-tabs__draggable-tab#Relations-draggable").click()
    item = page.locator(".lsf-relations__item").last
    item.hover()
    item.get_by_label("Show Relation Labels").click()
    page.locator(".lsf-relation-meta").get_by_test_id("select-trigger-").click()
    page.get_by_role("option", name=name, exact=True).click()
    page.keyboard.press("Escape")
