// How long ago or how soon: the text of <time data-relative>; the date itself becomes its title.
const STEPS = [["day", 86400], ["hour", 3600], ["minute", 60]];
const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

function relative(seconds) {
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return words.format(Math.trunc(seconds / size), unit);
  }
  return "now";
}

function write(root) {
  for (const time of root.querySelectorAll("time[data-relative]")) {
    const seconds = (new Date(time.dateTime) - Date.now()) / 1000;
    // Longer ago than a month, a date says more.
    if (Math.abs(seconds) > 30 * 86400) continue;
    if (!time.title) time.title = time.textContent;
    const text = relative(seconds);
    if (time.textContent !== text) time.textContent = text;
  }
}

export function keepTimes() {
  write(document);
  setInterval(() => { if (!document.hidden) write(document); }, 30_000);
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) {
      if (node.nodeType === Node.ELEMENT_NODE) write(node.parentElement ?? document);
    }
  }).observe(document.body, { childList: true, subtree: true });
}
