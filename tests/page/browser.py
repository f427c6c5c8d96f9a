# A real browser without a window, told what to do over a pipe (the DevTools protocol).
# SPDX-License-Identifier: BSD-2-Clause
import base64
import fcntl
import itertools
import json
import os
import select
import shutil
import subprocess
import time

PROGRAMS = "chromium-headless-shell", "chromium", "google-chrome"
PATIENCE = 20           # seconds for one answer


def find():
    """The browser's program, or None."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def high(fd):
    """The same pipe as a number that the child's 3 and 4 cannot meet."""
    moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(fd)
    return moved


class Browser:
    """The program; pages are made in it. Ends with the `with`."""

    def __init__(self, profile):
        commands, self.commands = map(high, os.pipe())
        self.answers, answers = map(high, os.pipe())
        # It reads commands from 3 and writes answers to 4.
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{commands} 4>&{answers}', "bash",
             find(), "--headless", "--no-sandbox", "--disable-gpu",
             "--disable-dev-shm-usage", "--no-first-run",
             "--hide-scrollbars", "--disable-lcd-text",
             "--remote-debugging-pipe", f"--user-data-dir={profile}",
             "about:blank"], pass_fds=(commands, answers),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(commands)
        os.close(answers)
        self.ids = itertools.count(1)
        self.unread = b""
        self.pages = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.commands)
        os.close(self.answers)

    def _read(self, end):
        """The next message; what belongs to a page is given to it."""
        while b"\0" not in self.unread:
            left = max(0, end - time.monotonic())
            ready = select.select([self.answers], [], [], left)[0]
            assert ready, "the browser does not answer"
            data = os.read(self.answers, 1 << 20)
            assert data, "the browser has ended"
            self.unread += data
        line, self.unread = self.unread.split(b"\0", 1)
        message = json.loads(line)
        page = self.pages.get(message.get("sessionId"))
        if page is not None and "method" in message:
            page.hear(message["method"], message["params"])
        return message

    def do(self, method, session=None, **params):
        number = next(self.ids)
        message = {"id": number, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + PATIENCE
        while True:
            answer = self._read(end)
            if answer.get("id") == number:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]

    def page(self, url, **size):
        return Page(self, url, **size)


class Page:
    """
    One tab. `complaints` is what would stand in the console: exceptions,
    violations of the policy, what could not be loaded; `requests` is the
    address of everything it asked for.
    """

    def __init__(self, browser, url, width=1280, height=900, dark=False):
        self.browser = browser
        self.complaints, self.requests = [], []
        self.target = browser.do("Target.createTarget",
                                 url="about:blank")["targetId"]
        self.session = browser.do(
            "Target.attachToTarget", targetId=self.target,
            flatten=True)["sessionId"]
        browser.pages[self.session] = self
        for domain in "Page", "Runtime", "Log", "Network":
            self.do(f"{domain}.enable")
        self.look(width, height, dark)
        self.do("Page.navigate", url=url)

    def do(self, method, **params):
        return self.browser.do(method, self.session, **params)

    def close(self):
        del self.browser.pages[self.session]
        self.browser.do("Target.closeTarget", targetId=self.target)

    def hear(self, method, params):
        if method == "Runtime.exceptionThrown":
            self.complaints.append(params["exceptionDetails"])
        elif method == "Runtime.consoleAPICalled":
            self.complaints.append(params["args"])
        elif method == "Log.entryAdded":
            self.complaints.append(params["entry"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])

    def look(self, width, height, dark=False):
        self.do("Emulation.setDeviceMetricsOverride", width=width,
                height=height, deviceScaleFactor=1, mobile=width < 600)
        self.do("Emulation.setEmulatedMedia", features=[{
            "name": "prefers-color-scheme",
            "value": "dark" if dark else "light"}])

    def run(self, expression):
        """The value of an expression of JavaScript; promises are waited for."""
        answer = self.do("Runtime.evaluate", expression=expression,
                         awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def text(self, selector):
        """What is to be read there; "" where nothing is shown."""
        return self.run(f"""((element) => element?.checkVisibility() ?
            element.innerText : "")(document.querySelector(
            {json.dumps(selector)}))""")

    def type(self, selector, text):
        self.run(f"document.querySelector({json.dumps(selector)}).focus()")
        self.do("Input.insertText", text=text)

    def press(self, key):
        """Enter, Tab, ArrowLeft and such."""
        codes = {"Enter": 13, "Tab": 9, "ArrowLeft": 37, "ArrowRight": 39}
        for kind in "keyDown", "keyUp":
            self.do("Input.dispatchKeyEvent", type=kind, key=key, code=key,
                    windowsVirtualKeyCode=codes[key],
                    **({"text": "\r"} if key == "Enter" and
                       kind == "keyDown" else {}))

    def picture(self, whole=False):
        """What it looks like, as PNG; whole: down to its end."""
        shot = self.do("Page.captureScreenshot", format="png",
                       captureBeyondViewport=whole)
        return base64.b64decode(shot["data"])
