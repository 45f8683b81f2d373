// What went wrong with a part of the page, in words. The event names are those of htmx 2 and of htmx 4.
export function showProblems() {
  const place = document.getElementById("problem");
  if (!place) return;
  const show = (words) => {
    place.textContent = words;
    place.hidden = false;
  };
  const answered = (event) => {
    const text = event.detail.xhr?.responseText ?? "";
    const page = new DOMParser().parseFromString(text, "text/html");
    show(page.querySelector("[data-message]")?.textContent.trim() || place.dataset.failed);
  };
  const away = () => show(place.dataset.away);
  const fine = () => { place.hidden = true; };
  // Numbers in the navigation come again in a minute: nobody is told of one that did not.
  const wanted = (handle) => (event) => { if (!event.target.closest?.("[data-poll]")) handle(event); };
  for (const name of ["htmx:responseError", "htmx:response:error"]) document.addEventListener(name, wanted(answered));
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:error"]) document.addEventListener(name, wanted(away));
  document.addEventListener("htmx:beforeRequest", wanted(fine));
}
