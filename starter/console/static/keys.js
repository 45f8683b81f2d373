// Keys: what has data-key is pressed or focused by it ("g t" is g, then t); j and k walk through [data-item]; ? shows all.
// They can be switched off (WCAG 2.1.4): screen readers and speech input type letters too.
const OFF = "relance-keys-off";
let before = "";
let beforeAt = 0;
let place = -1;

const typing = (element) => element?.closest?.("input:not([type=checkbox]):not([type=radio]), select, textarea, [contenteditable]");
const shown = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;
const isOff = () => { try { return localStorage.getItem(OFF) === "1"; } catch { return false; } };

function items() {
  return [...document.querySelectorAll("[data-item]")].filter(shown);
}

function here() {
  return document.activeElement?.closest?.("[data-item]") ?? document.querySelector("[data-item].here");
}

function walk(by) {
  const all = items();
  if (!all.length) return;
  const at = all.indexOf(here());
  // A line that was put in the place of another has not been walked to: the walk goes on from there.
  const from = at < 0 ? Math.min(place, all.length - 1) : at;
  place = from < 0 ? 0 : Math.min(Math.max(from + by, 0), all.length - 1);
  const next = all[place];
  for (const each of all) each.classList.toggle("here", each === next);
  if (!next.hasAttribute("tabindex")) next.tabIndex = -1;
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function find(key) {
  const all = [...document.querySelectorAll("[data-key]")].filter((each) => each.dataset.key === key);
  const inItem = all.filter((each) => each.closest("[data-item]"));
  const item = here();
  // A key of a line means the line that is looked at, and no other: with none, it does nothing.
  return inItem.length ? inItem.find((each) => item?.contains(each)) : all.find((each) => shown(each) || each.closest("nav"));
}

function press(element) {
  if (element.matches("input, select, textarea")) {
    element.focus();
    element.select?.();
  } else element.click();
}

function show() {
  const list = document.getElementById("keys-list");
  const lines = new Map([["?", list.dataset.help]]);
  if (items().length) lines.set("j", list.dataset.next).set("k", list.dataset.before);
  for (const each of document.querySelectorAll("[data-key]")) {
    const label = each.dataset.keyWords ?? each.getAttribute("aria-label") ?? each.labels?.[0]?.textContent ?? each.firstChild?.textContent ?? "";
    if (!lines.has(each.dataset.key)) lines.set(each.dataset.key, label.trim());
  }
  list.replaceChildren(...[...lines].flatMap(([key, words]) => {
    const term = document.createElement("dt");
    key.split(" ").forEach((part, number) => {
      const kbd = document.createElement("kbd");
      kbd.textContent = part;
      term.append(number ? " " : "", kbd);
    });
    const meaning = document.createElement("dd");
    meaning.textContent = words;
    return [term, meaning];
  }));
  document.getElementById("keys").showModal();
}

function pressed(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (typing(event.target) || document.querySelector("dialog[open]") || isOff()) return;
  const both = Date.now() - beforeAt < 1000 && before ? `${before} ${event.key}` : "";
  [before, beforeAt] = [event.key, Date.now()];
  const found = (both && find(both)) || find(event.key);
  if (found) press(found);
  else if (event.key === "?") show();
  else if (event.key === "j") walk(1);
  else if (event.key === "k") walk(-1);
  else return;
  before = "";
  event.preventDefault();
}

export function listenToKeys() {
  const on = document.getElementById("keys-on");
  if (!on) return;
  on.checked = !isOff();
  on.addEventListener("change", () => { try { localStorage.setItem(OFF, on.checked ? "0" : "1"); } catch { /* private mode */ } });
  for (const opener of document.querySelectorAll('[data-open="keys"]')) opener.addEventListener("click", (event) => { event.stopPropagation(); show(); });
  document.addEventListener("keydown", pressed);
}
