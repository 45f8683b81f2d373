// Dialogs: what is put into #dialog-content opens over the page. Without scripts the same link leads to a page.
export function watchDialogs() {
  const dialog = document.getElementById("dialog");
  const content = document.getElementById("dialog-content");
  if (dialog && content) {
    new MutationObserver(() => {
      if (content.childElementCount && !dialog.open) {
        dialog.showModal();
        content.querySelector("input:not([type=hidden]), select, textarea, button")?.focus();
      }
    }).observe(content, { childList: true });
    dialog.addEventListener("close", () => content.replaceChildren());
  }
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) document.getElementById(opener.dataset.open)?.showModal();
    const closer = event.target.closest("[data-close]");
    const open = closer?.closest("dialog[open]");
    if (open) {
      event.preventDefault();
      open.close();
    }
    // A menu closes when somebody presses elsewhere.
    for (const menu of document.querySelectorAll("details.who[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.who[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}
