// Of the fields of several kinds those of the chosen one are open.
export function openKinds() {
  document.addEventListener("change", (event) => {
    for (const each of event.target.form?.querySelectorAll("details[data-chosen-by]") ?? []) {
      if (each.dataset.chosenBy === event.target.name) each.open = each.dataset.kind === event.target.value;
    }
  });
}
