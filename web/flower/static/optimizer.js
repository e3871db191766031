// Keep a page fresh without reloading it: ask for its content, and change only what has changed.
(function () {
  "use strict";

  const content = document.getElementById("opt-content");
  if (!content) return;
  const status = document.getElementById("opt-live");
  const statusText = document.getElementById("opt-live-text");
  const slowest = 60;
  let every = Number(content.dataset.every);
  let failures = 0;
  let seen = null;

  function keyOf(node) {
    if (node.nodeType !== 1) return null;
    return node.id || node.getAttribute("data-key") || node.getAttribute("aria-labelledby");
  }

  function attributes(live, fresh) {
    // What a person has opened or typed stays as it is.
    const theirs = live.nodeName === "DETAILS" ? ["open"] : [];
    for (const one of Array.from(live.attributes)) {
      if (!fresh.hasAttribute(one.name) && !theirs.includes(one.name)) live.removeAttribute(one.name);
    }
    for (const one of Array.from(fresh.attributes)) {
      if (live.getAttribute(one.name) !== one.value && !theirs.includes(one.name)) live.setAttribute(one.name, one.value);
    }
  }

  function children(live, fresh) {
    const keyed = new Map();
    for (const one of live.childNodes) if (keyOf(one)) keyed.set(keyOf(one), one);
    let next = live.firstChild;
    for (const one of Array.from(fresh.childNodes)) {
      const key = keyOf(one);
      let match = key ? keyed.get(key) : next;
      if (match && (match.nodeName !== one.nodeName || keyOf(match) !== key)) match = null;
      if (!match) {
        live.insertBefore(one, next);
        continue;
      }
      if (match === next) next = next.nextSibling;
      else live.insertBefore(match, next);
      become(match, one);
    }
    while (next) {
      const gone = next;
      next = next.nextSibling;
      gone.remove();
    }
  }

  function become(live, fresh) {
    if (live.nodeType !== 1) {
      if (live.nodeValue !== fresh.nodeValue) live.nodeValue = fresh.nodeValue;
      return;
    }
    attributes(live, fresh);
    if (!live.hasAttribute("data-keep")) children(live, fresh);
  }

  function show(html) {
    const parsed = new DOMParser().parseFromString("<div>" + html + "</div>", "text/html").body.firstChild;
    children(content, parsed);
    document.dispatchEvent(new CustomEvent("optimizer:changed"));
  }

  // A page that could not be read has another title than the one it becomes.
  function title(text) {
    const heading = document.querySelector(".optimizer h1");
    if (heading.textContent === text) return;
    document.title = document.title.replace(heading.textContent, text);
    heading.textContent = text;
  }

  function say(live, text) {
    status.hidden = false;
    const dot = status.firstElementChild;
    dot.classList.toggle("status-dot-live", live);
    dot.classList.toggle("status-dot-error", !live);
    if (statusText.textContent !== text) statusText.textContent = text;
  }

  async function look() {
    const headers = { Accept: "application/json" };
    if (seen) headers["If-None-Match"] = seen;
    const answer = await fetch(window.location.href, { headers, cache: "no-store", credentials: "same-origin" });
    if (answer.status === 304) return;
    if (!(answer.headers.get("Content-Type") || "").startsWith("application/json")) {
      throw new Error("status " + answer.status);
    }
    const page = await answer.json();
    seen = answer.ok ? answer.headers.get("ETag") : null;
    every = page.every_s;
    title(page.title);
    show(page.html);
    if (!answer.ok) throw new Error("status " + answer.status);
  }

  async function round() {
    if (!document.hidden && !busy()) {
      try {
        await look();
        failures = 0;
        say(true, "Live");
      } catch {
        failures += 1;
        say(false, "Not live: no answer, asking again");
      }
    }
    again();
  }

  // A form that is being filled in is left alone.
  function busy() {
    const focused = document.activeElement;
    return Boolean(focused && content.contains(focused) && focused.matches("input:not([type=hidden]), textarea, select"));
  }

  function again() {
    if (!every) return;
    window.setTimeout(round, 1000 * Math.min(slowest, every * 2 ** Math.min(failures, 4)));
  }

  async function copy(button) {
    const text = document.getElementById(button.dataset.copy).textContent;
    const said = button.textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      // Without HTTPS a browser gives no clipboard: select it, so that one key press copies it.
      window.getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
      button.textContent = "Selected";
    }
    window.setTimeout(() => { button.textContent = said; }, 2000);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
  });
  // A button pressed twice asks once.
  document.addEventListener("submit", (event) => {
    for (const button of event.target.querySelectorAll("button")) window.setTimeout(() => { button.disabled = true; });
  });
  window.addEventListener("pageshow", () => {
    for (const button of content.querySelectorAll("form button")) button.disabled = false;
  });

  // On a phone the tabs are wider than the page.
  const tab = document.querySelector(".opt-tabs [aria-current]");
  if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - 24;
  if (every) say(true, "Live");
  again();
}());
