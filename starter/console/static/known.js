// A value that is chosen from those that a field has already becomes a line of its values. Without scripts the field of
// its own is sent along, and means the same.
export function offerKnown() {
  document.addEventListener("change", (event) => {
    const field = event.target.closest?.("[data-known]");
    if (field && field.value.trim()) {
      const lines = document.getElementById(field.dataset.known);
      if (!lines) return;
      const all = lines.value.split("\n").map((each) => each.trim()).filter(Boolean);
      if (!all.includes(field.value.trim())) all.push(field.value.trim());
      lines.value = all.join("\n");
      lines.rows = Math.max(all.length, 1);
      field.value = "";
    }
    // Which values are offered depends on the field that is chosen beside it.
    for (const each of document.querySelectorAll("[data-known-of]")) {
      if (each.dataset.knownOf === event.target.id) each.setAttribute("list", `known:${event.target.value}`);
    }
  }, true);
}
