// What went wrong with a part of the page, in words. The event names are those of htmx 2 and of htmx 4.
export function showProblems() {
  const place = document.getElementById("problem");
  if (!place) return;
  const show = (words) => {
    place.textContent = words;
    place.hidden = false;
  };
  // A part that comes by itself, and did not: the words are in its place, with a button that asks once more.
  const inPlace = (event, words) => {
    const asked = event.target.closest?.("[hx-trigger*=again]");
    const said = asked?.querySelector("[role=status]");
    if (!said) return false;
    const again = document.createElement("button");
    again.type = "button";
    again.className = "quiet";
    again.textContent = place.dataset.again;
    const waiting = said.cloneNode(true);
    again.addEventListener("click", () => {
      said.replaceWith(waiting);
      asked.dispatchEvent(new Event("again"));
    });
    said.replaceChildren(`${words} `, again);
    return true;
  };
  const answered = (event) => {
    const text = event.detail.xhr?.responseText ?? "";
    const page = new DOMParser().parseFromString(text, "text/html");
    const words = page.querySelector("[data-message]")?.textContent.trim() || place.dataset.failed;
    if (!inPlace(event, words)) show(words);
  };
  const away = (event) => { if (!inPlace(event, place.dataset.away)) show(place.dataset.away); };
  const fine = () => { place.hidden = true; };
  // Numbers in the navigation come again in a minute: nobody is told of one that did not.
  const wanted = (handle) => (event) => { if (!event.target.closest?.("[data-poll]")) handle(event); };
  for (const name of ["htmx:responseError", "htmx:response:error"]) document.addEventListener(name, wanted(answered));
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:error"]) document.addEventListener(name, wanted(away));
  document.addEventListener("htmx:beforeRequest", wanted(fine));
}
