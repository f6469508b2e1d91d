"""Lets axe-core judge a page as it stands, on a phone and a desktop, light and dark."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, expect

from .visiting import DESKTOP, PHONE, Scheme

SOURCE = Path(__file__).parents[2] / "frontend/node_modules/axe-core/axe.min.js"
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
GRAVE = {"serious", "critical"}
DEVICES: dict[str, ViewportSize] = {"phone": PHONE, "desktop": DESKTOP}
SCHEMES: tuple[Scheme, ...] = ("light", "dark")

FOLLOWS = "data-mantine-color-scheme"
"""Where a page of the web app tells which colours it has just now. Other pages leave it to their styles."""

_SETTLED = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  await frame();
  await frame();
  const passing = document.getAnimations().filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity);
  await Promise.allSettled(passing.map(({ finished }) => finished));
}"""
"""A colour in the middle of a transition is nobody's choice. What turns for ever is not waited for."""
_JUDGE = """async ([levels, advice]) => {
  const options = {
    runOnly: [...levels, ...advice],
    rules: { "target-size": { enabled: true } },
    resultTypes: ["violations"],
  };
  const { violations } = await axe.run(document, options);
  return violations.map(({ id, impact, tags, nodes }) => ({
    rule: id,
    impact,
    required: tags.some((tag) => levels.includes(tag)),
    places: nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`),
  }));
}"""


@dataclass
class Judge:
    """Remembers what axe found. `grave` are the findings that no page may have, each with where it was found."""

    judged: int = 0
    grave: list[str] = field(default_factory=list)
    lesser: Counter[str] = field(default_factory=Counter)

    def look(self, page: Page, name: str) -> None:
        """Judge the page in all its forms; `name` is what it shows just now."""
        page.evaluate(SOURCE.read_text(encoding="utf-8"))
        before = page.viewport_size
        for device, size in DEVICES.items():
            page.set_viewport_size(size)
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                expect(page.locator(f"html:not([{FOLLOWS}]), html[{FOLLOWS}={scheme}]")).to_be_attached()
                self._judge(page, f"{name}, {device}, {scheme}")
        page.set_viewport_size(before or PHONE)

    def _judge(self, page: Page, place: str) -> None:
        page.evaluate(_SETTLED)
        self.judged += 1
        for finding in page.evaluate(_JUDGE, [LEVELS, ["best-practice"]]):
            if finding["required"] and finding["impact"] in GRAVE:
                self.grave.append(f"{place}: {finding['rule']}: {finding['places']}")
            else:
                self.lesser[f"{finding['rule']} ({finding['impact']})"] += 1
