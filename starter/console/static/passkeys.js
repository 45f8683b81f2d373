// A form with data-passkey asks a passkey before it is sent: "create" makes one, "get" uses one.
const form = document.querySelector("form[data-passkey]");
const failed = form?.querySelector("[data-passkey-failed]");

function unsupported() {
  return !window.PublicKeyCredential?.parseRequestOptionsFromJSON || !PublicKeyCredential.parseCreationOptionsFromJSON;
}

async function ask() {
  const options = JSON.parse(form.dataset.options);
  if (form.dataset.passkey === "create") {
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
  }
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
}

async function send() {
  failed.hidden = true;
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    if (unsupported()) throw new Error("unsupported");
    form.elements.credential.value = JSON.stringify((await ask()).toJSON());
    form.submit();
  } catch {
    // Cancelled, too late, or no passkey for this place: browsers do not say which.
    button.disabled = false;
    failed.hidden = false;
  }
}

if (form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.reportValidity()) send();
  });
  if (form.dataset.start) send();
}
