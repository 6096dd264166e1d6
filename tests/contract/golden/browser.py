#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Tests pages in headless Chromium, without a network: browser.py OUT PAGE...

browser.py opens each page at 1280 and 390 pixels, light and dark. The page must load nothing but itself, write nothing to the console, not be
wider than the window, have no overlapping texts, and react to the keyboard. Screenshots go to OUT; times of loading are printed and not judged.
"""
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

WIDTHS = (1280, 390)
THEMES = ("light", "dark")
LOADED_MS = "JSON.stringify(performance.getEntriesByType('navigation').map(n => [n.responseEnd, n.domContentLoadedEventEnd, n.loadEventEnd])[0])"
TOO_WIDE = """JSON.stringify([...document.querySelectorAll('main *')].filter(e => !e.closest('.wrap') && !e.closest('svg') && !e.matches('option')
    && e.getBoundingClientRect().right > innerWidth + 1).slice(0, 5).map(e => e.tagName + '.' + e.className + ': ' + e.textContent.slice(0, 40)))"""
OUTSIDE = """JSON.stringify([...document.querySelectorAll('svg text')].filter(t => { const s = t.closest('svg').getBoundingClientRect(), b = t.getBoundingClientRect();
    return b.width && (b.left < s.left - 3 || b.right > s.right + 3 || b.top < s.top - 3 || b.bottom > s.bottom + 3) }).slice(0, 5).map(t => t.textContent))"""
OVERLAP = """JSON.stringify([...document.querySelectorAll('main svg')].flatMap(s => { const t = [...s.querySelectorAll('text')].map(e => [e, e.getBoundingClientRect()]), bad = [];
    for (let i = 0; i < t.length; i++) for (let k = 0; k < i; k++) { const a = t[i][1], b = t[k][1];
        if (a.width && b.width && Math.min(a.right, b.right) - Math.max(a.left, b.left) > 3 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4)
            bad.push(t[i][0].textContent + ' | ' + t[k][0].textContent); }
    return bad; }).slice(0, 5))"""


class Browser:
    """Chromium, driven by its DevTools protocol through a pipe; messages end with a zero byte."""

    def __init__(self, program):
        self.profile = tempfile.mkdtemp()
        to_read, self.to = os.pipe()
        self.of, of_write = os.pipe()
        # The browser reads descriptor 3 and writes descriptor 4.
        command = ["sh", "-c", f'exec 3<&{to_read} 4>&{of_write}; exec "$@"', "sh", program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                   "--remote-debugging-pipe", f"--user-data-dir={self.profile}", "--no-first-run", "--disable-extensions", "--disable-dev-shm-usage",
                   "--disable-background-networking", "--disable-component-update", "--force-color-profile=srgb", "about:blank"]
        self.process = subprocess.Popen(command, pass_fds=(to_read, of_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(of_write)
        self.buffer, self.last, self.session, self.events = b"", 0, None, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def message(self):
        while b"\0" not in self.buffer:
            more = os.read(self.of, 1 << 20)
            if not more:
                raise RuntimeError("the browser went away")
            self.buffer += more
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **params):
        self.last += 1
        message = {"id": self.last, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == self.last:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, method):
        while not any(e.get("method") == method for e in self.events):
            self.events.append(self.message())

    def js(self, code):
        result = self.call("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"].get("exception", {}).get("description", str(result)))
        return result["result"].get("value")

    def key(self, key):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode={"Tab": 9, "ArrowRight": 39, "Enter": 13}[key],
                      **({"text": "\r"} if key == "Enter" and kind == "keyDown" else {}))

    def open(self, path, width, theme):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])
        self.events.clear()
        begin = time.monotonic()
        self.call("Page.navigate", url="file://" + os.path.abspath(path))
        self.wait("Page.loadEventFired")
        self.js("new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")
        return time.monotonic() - begin

    def shoot(self, path):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 12000), "scale": 1}
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        with open(path, "wb") as f:
            f.write(base64.b64decode(shot["data"]))

    def complaints(self):
        """Return the page's messages on the console, exceptions and network requests."""
        out = []
        for e in self.events:
            p = e.get("params", {})
            if e.get("method") == "Runtime.consoleAPICalled":
                out.append("console: " + str([a.get("value", a.get("description")) for a in p["args"]]))
            elif e.get("method") == "Runtime.exceptionThrown":
                out.append("exception: " + p["exceptionDetails"].get("exception", {}).get("description", "?"))
            elif e.get("method") == "Page.javascriptDialogOpening":
                out.append("dialog: " + p["message"])
            elif e.get("method") == "Log.entryAdded":
                out.append("log: " + p["entry"]["text"])
            elif e.get("method") == "Network.requestWillBeSent" and p["request"]["url"].split(":")[0] not in ("file", "data", "about"):
                out.append("asks the network: " + p["request"]["url"][:80])
        return out

    def close(self):
        try:
            os.write(self.to, b'{"id":0,"method":"Browser.close"}\0')
            self.process.wait(10)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)


def keyboard(b):
    """Check that Tab reaches the dots of all reboots, the right arrow moves on, Enter chooses, and a hint shows the numbers."""
    if not b.js("document.querySelectorAll('.dot').length"):
        return []
    for _ in range(60):
        b.key("Tab")
        if b.js("document.activeElement.classList.contains('dot')"):
            break
    else:
        return ["Tab does not reach a dot"]
    bad = [] if b.js("getComputedStyle(document.getElementById('tip')).opacity") == "1" else ["no hint at the dot that has the focus"]
    several = b.js("document.querySelectorAll('.dot').length > 1")
    before = b.js("document.activeElement.getAttribute('aria-label')")
    b.key("ArrowRight")
    if several and b.js("document.activeElement.getAttribute('aria-label')") == before:
        bad.append("the right arrow does not go on")
    wanted = b.js("document.activeElement.episode")
    b.key("Enter")
    if b.js("chosen") != wanted:
        bad.append("Enter does not choose")
    return bad


def judge(b, out, page):
    name, bad, times = os.path.splitext(os.path.basename(page))[0], [], []
    for width in WIDTHS:
        for theme in THEMES:
            where = f"{width} {theme}"
            times.append(b.open(page, width, theme))
            bad += [f"{where}: wider than the window: {w}" for w in json.loads(b.js(TOO_WIDE))]
            if b.js("document.documentElement.scrollWidth > innerWidth"):
                bad.append(f"{where}: the page is wider than the window")
            bad += [f"{where}: text cut off: {w}" for w in json.loads(b.js(OUTSIDE))]
            bad += [f"{where}: text over text: {w}" for w in json.loads(b.js(OVERLAP))]
            b.shoot(os.path.join(out, f"{name}-{width}-{theme}.png"))
            if (width, theme) == (WIDTHS[0], "light"):
                bad += [f"{where}: {w}" for w in keyboard(b)]
            bad += [f"{where}: {w}" for w in b.complaints()]
    print(f"# browser: {name}: {os.path.getsize(page)} bytes, loaded and drawn in {', '.join(f'{t * 1000:.0f}' for t in times)} ms")
    if bad:
        print(f"not ok browser: {name}: " + "; ".join(bad[:6]))
    else:
        print(f"ok browser: {name}: nothing on the console, nothing cut off, keys work, at {' and '.join(map(str, WIDTHS))} pixels, light and dark")


def main():
    out, pages = sys.argv[1], sys.argv[2:]
    program = shutil.which("chromium")
    os.makedirs(out, exist_ok=True)
    b = Browser(program)
    try:
        for page in pages:
            judge(b, out, page)
    finally:
        b.close()


main()
