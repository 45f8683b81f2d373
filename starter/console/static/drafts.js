import { changed, fieldsOf } from "./typed.js";

// A text is saved by itself when its writer pauses or goes on. What is not saved is not lost by leaving the page.
export function guardDrafts() {
  const unsaved = (selector) => [...document.querySelectorAll(`textarea[data-draft${selector}]`)].filter((each) => each.value !== each.defaultValue || "unsaved" in each.dataset);
  let submitted = null;
  // What was typed into the other forms of the editor is saved by their own buttons only.
  const typed = () => [...document.querySelectorAll("#editor form[method=post]:not(.text-form)")].some((form) => form !== submitted && [...fieldsOf(form).values()].some(changed));
  const sent = new WeakMap();
  let leaving = false;
  document.addEventListener("htmx:beforeRequest", (event) => {
    const text = event.target.closest?.(".text-form")?.querySelector("textarea");
    if (text) sent.set(event.detail.xhr, [text, text.value]);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    submitted = null;
    const [text, value] = sent.get(event.detail.xhr) ?? [];
    // What is typed meanwhile is saved next.
    if (text && event.detail.successful) text.defaultValue = value;
  });
  document.addEventListener("htmx:confirm", (event) => {
    if (!document.getElementById("editor") || event.target.closest(".text-form, [data-poll]")) return;
    const problem = document.getElementById("problem");
    if (!event.target.closest("#editor") || unsaved("=by-hand").length === 0) return;
    event.preventDefault();
    problem.textContent = document.getElementById("editor").dataset.unsaved;
    problem.hidden = false;
    problem.scrollIntoView({ block: "nearest" });
  });
  // Whoever goes on waits until what they typed is saved.
  const afterSaving = (go) => {
    const began = Date.now();
    const look = () => {
      if (unsaved("=itself").length && Date.now() - began < 5000) setTimeout(look, 80);
      else go();
    };
    look();
  };
  document.addEventListener("submit", (event) => {
    submitted = event.target;
    if (event.target.matches(".text-form")) leaving = true;
    else if (!event.defaultPrevented && unsaved("=itself").length) {
      event.preventDefault();
      afterSaving(() => event.target.requestSubmit(event.submitter));
    }
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (link && "leave" in link.dataset) leaving = true;
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || !unsaved("=itself").length) return;
    event.preventDefault();
    afterSaving(() => location.assign(link.href));
  });
  addEventListener("beforeunload", (event) => {
    if (!leaving && (unsaved("").length || typed())) event.preventDefault();
  });
  addEventListener("pageshow", () => { leaving = false; submitted = null; });
}
