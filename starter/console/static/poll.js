// Asks again for what carries data-poll, in seconds. A page that nobody looks at asks nothing.
export function poll() {
  for (const element of document.querySelectorAll("[data-poll]")) {
    const every = Number(element.dataset.poll) * 1000;
    let last = Date.now();
    const ask = () => {
      if (document.hidden || Date.now() - last < every) return;
      last = Date.now();
      element.dispatchEvent(new Event("poll"));
    };
    setInterval(ask, every);
    document.addEventListener("visibilitychange", ask);
  }
}
