// Ask a security key, and send what it answers with the form around the button. The encoding is webauthn-json's.
const button = document.querySelector("[data-key]");
const form = button.form;
const failed = form.querySelector("[data-key-failed]");

button.hidden = !globalThis.webauthnJSON.supported();
button.addEventListener("click", async () => {
  const ask = globalThis.webauthnJSON[button.dataset.key];
  failed.hidden = true;
  try {
    const answer = await ask(JSON.parse(button.dataset.options));
    form.elements[button.dataset.field].value = JSON.stringify(answer);
  } catch {
    failed.hidden = false;
    return;
  }
  form.submit();
});
