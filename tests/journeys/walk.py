"""The whole quarter as people walk it in a browser, told once and taken in either language."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.browser import serious_problems

PASSWORD = "demo-demo-demo"
#: The buttons that carry a whole quarter, as they must read in either language.
WORDS = {
    "en": {"claim": "Claim this task", "send": "Send the claim", "approve": "Approve", "hand_in": "Hand in"},
    "zh": {"claim": "认领此任务", "send": "提交认领申请", "approve": "通过", "hand_in": "提交成果"},
}


class Walk:
    """One browser, a window for each person, a picture and an axe check at every stop."""

    def __init__(self, browser: Browser, base: str, language: str, shots: Path | None) -> None:
        self.browser, self.base, self.language, self.shots = browser, base, language, shots
        self.words = WORDS[language]
        self.problems: list[str] = []
        self.windows: dict[str, BrowserContext] = {}

    def window(self, handle: str) -> Page:
        """The page of a person; the first time signed in through the form."""
        if handle not in self.windows:
            context = self.browser.new_context(
                base_url=self.base, locale="zh-CN" if self.language == "zh" else "en-GB",
                viewport={"width": 1280, "height": 900}, reduced_motion="reduce",
            )  # fmt: skip
            context.set_default_timeout(15_000)
            self.windows[handle] = context
            page = context.new_page()
            page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
            page.on("console", lambda line: self._console(line.type, line.text))
            if handle != "visitor":
                self.sign_in(page, handle)
            return page
        return self.windows[handle].pages[0]

    def _console(self, kind: str, text: str) -> None:
        if kind == "error" and "status of 4" not in text:
            self.problems.append(f"console: {text}")

    def sign_in(self, page: Page, handle: str, password: str = PASSWORD) -> None:
        page.goto("/login")
        page.fill("#handle", handle)
        page.fill("#password", password)
        page.locator("main form button.main").click()
        expect(page.locator(".me form[action='/logout']")).to_be_visible()

    def stop(self, page: Page, name: str) -> None:
        """Look at the page: axe, and a picture where pictures are wanted."""
        self.problems += serious_problems(page)
        if self.shots:
            page.screenshot(path=self.shots / f"{name}-{self.language}.jpg", full_page=True, type="jpeg", quality=72)

    def press(self, page: Page, scope: str, word: str = "") -> None:
        """Press the button or link that ``scope`` selects (and that reads ``word``); wait for the page that follows."""
        control = page.locator(scope, has_text=self.words[word] if word else None).first
        with page.expect_navigation():
            control.click()

    def close(self) -> None:
        for context in self.windows.values():
            context.close()
