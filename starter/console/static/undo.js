// What was just said can be taken back for data-undo seconds; then its button goes. The newest has the key.
export function watchUndo() {
  const seen = new Map();
  const tend = () => {
    const all = [...document.querySelectorAll("[data-undo]")];
    for (const each of all) if (!seen.has(each)) seen.set(each, Date.now());
    const newest = all.reduce((last, each) => (!last || seen.get(each) >= seen.get(last) ? each : last), null);
    for (const each of all) {
      if (Date.now() - seen.get(each) >= Number(each.dataset.undo) * 1000) {
        each.querySelector("form")?.remove();
        each.removeAttribute("data-undo");
      } else if (each !== newest) each.querySelector("[data-key]")?.removeAttribute("data-key");
    }
  };
  document.addEventListener("htmx:afterSwap", (event) => {
    tend();
    // The next line is looked at: the one after what was swapped, else the first that is left.
    const items = [...document.querySelectorAll("[data-item]")];
    const put = [...document.querySelectorAll("[data-undo]")].reduce((last, each) => (!last || seen.get(each) >= seen.get(last) ? each : last), null);
    if (!put || !items.length || !event.detail?.xhr?.responseURL?.endsWith("/say")) return;
    const next = items.find((each) => put.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING) ?? items[0];
    for (const each of items) each.classList.toggle("here", each === next);
    next.focus();
  });
  tend();
  setInterval(tend, 1000);
}
