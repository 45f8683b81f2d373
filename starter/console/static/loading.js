// What takes longer than a moment says that it loads. Parts with words of their own, and numbers that are asked for
// again and again, say nothing.
const MOMENT = 300;

export function showLoading() {
  const place = document.getElementById("loading");
  if (!place) return;
  const running = new Map();
  const show = () => {
    const slow = [...running.values()].some((each) => each.slow);
    place.hidden = !slow;
    place.textContent = slow ? place.dataset.words : "";
  };
  const begun = (event) => {
    const asked = event.target;
    if (asked.closest?.("[data-poll]") || asked.getAttribute?.("hx-trigger")?.startsWith("every") || asked.querySelector?.(":scope > [role=status]")) return;
    const one = { slow: false };
    one.timer = setTimeout(() => { one.slow = true; show(); }, MOMENT);
    running.set(event.detail.xhr ?? event.target, one);
  };
  const ended = (event) => {
    const key = event.detail.xhr ?? event.target;
    clearTimeout(running.get(key)?.timer);
    running.delete(key);
    show();
  };
  for (const name of ["htmx:beforeRequest", "htmx:before:request"]) document.addEventListener(name, begun);
  for (const name of ["htmx:afterRequest", "htmx:after:request"]) document.addEventListener(name, ended);
}
