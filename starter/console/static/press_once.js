// A sign-in link works once: a second press would find it used, and the first answer would be lost.
document.addEventListener("submit", (event) => {
  // After the form was read: a button that is off says nothing of itself.
  if (!event.defaultPrevented) setTimeout(() => event.target.querySelectorAll("button").forEach((each) => (each.disabled = true)));
});
