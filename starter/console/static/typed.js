// What somebody has typed into an open form stays when another card draws the page again: it goes into the same form of
// the new page, which is open again. The form that was sent is as the server says.
export const changed = (field) => {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
  return field.selectedIndex !== Math.max([...field.options].findIndex((each) => each.defaultSelected), 0);
};
const state = (field) => (field.type === "checkbox" || field.type === "radio" ? field.checked : field.value);

// By a name that is the same wherever the thing is in its list; of several with one name, the first is the first.
function named(all, nameOf) {
  const found = new Map();
  for (const each of all) {
    const name = nameOf(each);
    let number = 0;
    while (found.has(`${name} ${number}`)) number += 1;
    found.set(`${name} ${number}`, each);
  }
  return found;
}
const formsOf = (root) => named(root.querySelectorAll("form"), (form) => form.dataset.keeps ?? form.querySelector("[name=mark][id]")?.id ?? form.getAttribute("action"));
export const fieldsOf = (form) => named([...form.elements].filter((each) => each.name && !["hidden", "file", "submit", "button"].includes(each.type)), (each) => each.name.replace(/\d+/g, "#"));

export function keepTyped() {
  let kept = null;
  const before = (event) => {
    kept = null;
    const target = event.detail.target;
    if (!target?.id || !target.querySelector("form")) return;
    const sent = event.detail.requestConfig?.elt?.closest?.("form");
    const forms = [];
    for (const [key, form] of formsOf(target)) {
      if (form === sent) continue;
      const fields = [...fieldsOf(form)].filter(([, field]) => changed(field)).map(([name, field]) => [name, state(field)]);
      const at = form.contains(document.activeElement) ? [...fieldsOf(form)].find(([, field]) => field === document.activeElement)?.[0] : null;
      const open = [];
      for (let each = form.closest("details"); each; each = each.parentElement.closest("details")) open.push(each.open);
      if (fields.length || at || open.includes(true)) forms.push({ key, fields, at, open });
    }
    kept = { id: target.id, forms };
  };
  const after = () => {
    const root = kept && document.getElementById(kept.id);
    if (!root) return;
    const there = formsOf(root);
    for (const each of kept.forms) {
      const form = there.get(each.key);
      if (!form) continue;
      let details = form.closest("details");
      for (const open of each.open) {
        if (details && open) details.open = true;
        details = details?.parentElement.closest("details");
      }
      const fields = fieldsOf(form);
      for (const [name, value] of each.fields) {
        const field = fields.get(name);
        if (!field) continue;
        if (typeof value === "boolean") field.checked = value;
        else field.value = value;
        // A text that saves itself goes on doing so.
        if (field.dataset.draft === "itself") field.dispatchEvent(new Event("input", { bubbles: true }));
      }
      const field = each.at && fields.get(each.at);
      if (field) {
        field.focus({ preventScroll: true });
        // Nothing is typed into it from here on: the browser would not say that it was changed.
        field.addEventListener("blur", () => { if (changed(field)) field.dispatchEvent(new Event("change", { bubbles: true })); }, { once: true });
      }
    }
    kept = null;
  };
  for (const name of ["htmx:beforeSwap", "htmx:before:swap"]) document.addEventListener(name, before);
  for (const name of ["htmx:afterSwap", "htmx:after:swap"]) document.addEventListener(name, after);
}
