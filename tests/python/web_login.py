"""A person who runs `jf login` in a terminal and goes to the page that it names: with plain HTTP, or with Chromium.

usage: web_login.py JF HOME URL USER PASSWORD [--chromium [--screenshots FOLDER]] [--new-password PASSWORD]

Standard library only. Prints what the terminal showed. The browser's processes end with this one.
"""

import argparse
import html
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

PATIENCE = 90
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Terminal:
    """jf on a pseudo-terminal."""

    def __init__(self, command, home):
        self.master, slave = pty.openpty()
        environment = {"HOME": home, "PATH": "/nowhere", "TERM": "dumb"}
        self.child = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=environment, cwd=home, start_new_session=True
        )
        os.close(slave)
        self.screen = ""

    def read(self, wait):
        if not select.select([self.master], [], [], wait)[0]:
            return True
        try:
            chunk = os.read(self.master, 65536)
        except OSError:
            return False
        self.screen += chunk.decode().replace("\r\n", "\n")
        return bool(chunk)

    def expect(self, pattern):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = re.search(pattern, self.screen)
            if found:
                return found
            if not self.read(0.2):
                break
        raise SystemExit(f"the terminal never showed {pattern!r}:\n{self.screen}")

    def finish(self):
        end = time.monotonic() + PATIENCE
        while self.child.poll() is None and time.monotonic() < end:
            self.read(0.2)
        while self.read(0.2) and select.select([self.master], [], [], 0)[0]:
            pass
        if self.child.poll() is None:
            self.child.kill()
            raise SystemExit(f"jf did not end:\n{self.screen}")
        return self.child.returncode


def by_http(arguments, page, code):
    """Fills the form as a browser would, field by field as the page has it."""
    origin = "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(page))
    typed = {"username": arguments.user, "password": arguments.password, "code": code}
    text = DIRECT.open(page, timeout=30).read().decode()
    for _ in range(2):
        action = re.search(r'<form method="post" action="([^"]+)"', text).group(1)
        fields = {}
        for tag in re.findall(r"<input [^>]*>", text):
            name = re.search(r'name="([^"]*)"', tag).group(1)
            value = re.search(r'value="([^"]*)"', tag)
            fields[name] = html.unescape(value.group(1)) if value else ""
            if name in typed:
                fields[name] = typed[name]
            if name.startswith("new_password"):
                fields[name] = arguments.new_password
        request = urllib.request.Request(
            urllib.parse.urljoin(page, action), urllib.parse.urlencode(fields).encode(), {"Origin": origin}
        )
        text = DIRECT.open(request, timeout=60).read().decode()
        if "You are logged in" in text:
            return
        if "has expired" not in text:
            break
    raise SystemExit(f"the page said:\n{text}")


class Browser:
    """Chromium, driven over WebDriver's HTTP."""

    def __init__(self):
        self.profile = tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True)
        log = open(os.path.join(self.profile.name, "driver.log"), "w+")
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"],
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": self.profile.name},
        )
        end = time.monotonic() + PATIENCE
        while True:
            with open(log.name) as said:
                started = re.search(r"started successfully on port (\d+)", said.read())
            if started:
                break
            if time.monotonic() > end or self.driver.poll() is not None:
                raise SystemExit("chromedriver did not start")
            time.sleep(0.05)
        self.base = f"http://127.0.0.1:{started.group(1)}"
        flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--no-proxy-server",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            f"--user-data-dir={self.profile.name}/profile",
        ]
        capabilities = {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": {"args": flags}}}
        self.session = ""
        self.session = self.call("POST", "", {"capabilities": capabilities})["sessionId"]

    def call(self, method, path, body=None):
        address = f"{self.base}/session{'/' + self.session if self.session else ''}{path}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(address, data, {"Content-Type": "application/json"}, method=method)
        try:
            return json.load(DIRECT.open(request, timeout=PATIENCE))["value"]
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{method} {path}: {error.read().decode()}") from error

    def size(self, width, height):
        self.call("POST", "/goog/cdp/execute", {
            "cmd": "Emulation.setDeviceMetricsOverride",
            "params": {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500},
        })

    def dark(self, dark):
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("POST", "/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {"features": features}})

    def find(self, css):
        found = self.call("POST", "/element", {"using": "css selector", "value": css})
        return next(iter(found.values()))

    def type(self, css, text):
        self.call("POST", f"/element/{self.find(css)}/value", {"text": text})

    def run(self, script):
        return self.call("POST", "/execute/sync", {"script": script, "args": []})

    def text(self):
        return self.run("return document.body ? document.body.innerText : ''")

    def screenshot(self, folder, name):
        import base64

        if folder:
            with open(os.path.join(folder, name), "wb") as file:
                file.write(base64.b64decode(self.call("GET", "/screenshot")))

    def close(self):
        if self.session:
            self.call("DELETE", "")
        os.killpg(self.driver.pid, signal.SIGKILL)
        self.driver.wait()
        self.profile.cleanup()


def by_chromium(arguments, page, code):
    browser = Browser()
    try:
        browser.dark(False)
        browser.size(1280, 860)
        browser.call("POST", "/url", {"url": page})
        browser.screenshot(arguments.screenshots, "login.png")
        browser.dark(True)
        browser.screenshot(arguments.screenshots, "login-dark.png")
        browser.dark(False)
        browser.size(375, 760)
        browser.screenshot(arguments.screenshots, "login-375.png")
        wide = browser.run("return document.documentElement.scrollWidth")
        if wide > 375:
            raise SystemExit(f"the page is {wide} pixels wide on a screen of 375")
        browser.size(1280, 860)
        # The wrong password first.
        browser.type("#username", arguments.user)
        browser.type("#password", "not-the-password")
        browser.type("#code", code + "\ue007")
        wait_for(browser, "Wrong user name or password")
        browser.screenshot(arguments.screenshots, "login-wrong.png")
        browser.type("#password", arguments.password + "\ue007")
        wait_for(browser, "You are logged in")
        browser.screenshot(arguments.screenshots, "login-done.png")
        blocked = [e for e in browser.call("POST", "/se/log", {"type": "browser"}) if "style.css" in e["message"]]
        cookies = browser.call("GET", "/cookie")
        if blocked or cookies:
            raise SystemExit(f"unexpected: {blocked} {cookies}")
    finally:
        browser.close()


def wait_for(browser, words):
    end = time.monotonic() + PATIENCE
    while words not in browser.text():
        if time.monotonic() > end:
            raise SystemExit(f"no {words!r} on the page:\n{browser.text()}")
        time.sleep(0.1)


def main():
    parser = argparse.ArgumentParser()
    for name in ("jf", "home", "url", "user", "password"):
        parser.add_argument(name)
    parser.add_argument("--new-password", default="")
    parser.add_argument("--chromium", action="store_true")
    parser.add_argument("--screenshots")
    arguments = parser.parse_args()
    terminal = Terminal([arguments.jf, "login", "--url", arguments.url, "--server-id", "web"], arguments.home)
    code = terminal.expect(r"enter the code if prompted: (\S+)").group(1)
    page = terminal.expect(r"(http\S+/ui/login\S+)\n").group(1)
    (by_chromium if arguments.chromium else by_http)(arguments, page, code)
    if terminal.finish() != 0:
        raise SystemExit(f"jf failed:\n{terminal.screen}")
    sys.stdout.write(terminal.screen)


main()
