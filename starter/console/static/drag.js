// Steps are dragged by their handle to another place, by mouse, pen or finger. The arrows on each card do the same.
export function dragSteps() {
  let dragged = null;
  let target = null;
  const clear = () => {
    for (const each of document.querySelectorAll(".drop-above, .drop-below")) each.classList.remove("drop-above", "drop-below");
    target = null;
  };
  const end = () => {
    dragged?.classList.remove("dragging");
    dragged = null;
    clear();
  };
  document.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest?.(".handle");
    if (!handle || event.button) return;
    event.preventDefault();
    dragged = handle.closest("[data-step]");
    handle.setPointerCapture(event.pointerId);
    // Cards show their heads only, so that all places are near; the dragged one stays under the pointer.
    dragged.classList.add("dragging");
    scrollBy({ top: handle.getBoundingClientRect().top - event.clientY, behavior: "instant" });
  });
  document.addEventListener("pointermove", (event) => {
    if (!dragged) return;
    clear();
    const edge = event.clientY < 90 ? -1 : event.clientY > innerHeight - 60 ? 1 : 0;
    if (edge) scrollBy({ top: edge * 24, behavior: "instant" });
    const item = document.elementFromPoint(event.clientX, event.clientY)?.closest(".steps > li");
    if (!item || item === dragged) return;
    const box = item.getBoundingClientRect();
    target = { item, below: event.clientY > box.top + box.height / 2 };
    item.classList.add(target.below ? "drop-below" : "drop-above");
  });
  document.addEventListener("pointerup", () => {
    if (dragged && target) {
      const others = [...dragged.parentElement.children].filter((each) => each !== dragged);
      const form = dragged.querySelector("form.place");
      form.elements.place.value = others.indexOf(target.item) + (target.below ? 1 : 0);
      form.requestSubmit();
    }
    end();
  });
  document.addEventListener("pointercancel", end);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") end();
  });
}
