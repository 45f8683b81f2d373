// Fields are written into the message in which somebody typed last, at the cursor.
export function insertFields() {
  let last = null;
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("textarea[data-fields]")) last = event.target;
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (!button) return;
    const target = last?.isConnected ? last : document.querySelector("textarea[data-fields]");
    if (!target) return;
    target.focus();
    target.setRangeText(button.dataset.insert, target.selectionStart, target.selectionEnd, "end");
    target.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
