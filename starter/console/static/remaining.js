// A count comes behind the page, when conditions may be gone that it speaks of. What is left after each goes to its line.
export function placeCounts() {
  document.addEventListener("htmx:afterSettle", () => {
    for (const each of document.querySelectorAll("[data-left]")) {
      const line = document.getElementById(each.dataset.left);
      if (line) line.textContent = each.textContent;
    }
  });
}
