"""Somebody who uses the keyboard alone, and always sees where they are."""

from dataclasses import dataclass

from playwright.sync_api import FileChooser, Locator, Page, expect

FARTHEST = 80
"""More steps than any page here has places to stop at."""

_LOOK = """target => {
  const one = document.activeElement;
  const nowhere = one === document.body;
  const ahead = nowhere || Boolean(one.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_FOLLOWING);
  const { left, top, right, bottom } = one.getBoundingClientRect();
  const inside = left < right && top < bottom
    && left >= -1 && top >= -1 && right <= innerWidth + 1 && bottom <= innerHeight + 1;
  const on = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  const around = [one, one.parentElement, one.parentElement?.parentElement].filter(Boolean);
  const marked = around.some((place) => getComputedStyle(place).outlineStyle !== "none");
  return {
    name: one.getAttribute("aria-label") ?? one.textContent.trim().slice(0, 60),
    there: one === target,
    key: ahead ? "Tab" : "Shift+Tab",
    seen: inside && one.contains(on) && marked,
  };
}"""
"""Where the focus is, seen from a target. It is seen if all of it is on the screen, with nothing over its middle and a
line around it."""


@dataclass
class Keyboard:
    page: Page

    def go_to(self, target: Locator) -> None:
        """Press Tab, or Shift+Tab where the target lies behind, until it has the focus.

        Wherever the focus stops on the way, it can be seen.
        """
        expect(target).to_be_visible()
        way: list[str] = []
        place = target.evaluate(_LOOK)
        while not place["there"]:
            assert len(way) < FARTHEST, f"never came to {target}: {way}"
            self.page.keyboard.press(place["key"])
            place = target.evaluate(_LOOK)
            way.append(place["name"])
            assert place["seen"], f"the focus can't be seen: {way}"

    def press(self, target: Locator, key: str = "Enter") -> None:
        """Go there and press it."""
        self.go_to(target)
        self.page.keyboard.press(key)

    def type_into(self, target: Locator, text: str) -> None:
        self.go_to(target)
        self.page.keyboard.type(text)

    def choose_file(self, button: Locator) -> FileChooser:
        self.go_to(button)
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Enter")
        return chooser.value
