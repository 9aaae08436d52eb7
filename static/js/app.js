// Everything works without this file; it makes some things nicer.

// A form is sent once: a second press while the answer is on its way does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) return event.preventDefault();
  if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) return event.preventDefault();
  // What answers with a file leaves the page as it is: it may be asked for again.
  if (form.method === "post" && !("again" in form.dataset)) form.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// Markdown preview: a details element behind a textarea asks the server when it is opened.
document.addEventListener("toggle", async (event) => {
  const box = event.target;
  if (!box.matches?.("details[data-preview]") || !box.open) return;
  const area = document.getElementById(box.dataset.preview);
  const body = new FormData();
  body.set("csrf_token", area.form.elements.csrf_token.value);
  body.set("text", area.value);
  const answer = await fetch("/preview", { method: "POST", body, headers: { Accept: "text/html" } });
  if (answer.ok) box.querySelector(".preview").innerHTML = await answer.text();
}, true);

// What is to be copied whole is selected at once.
document.addEventListener("focusin", (event) => {
  if (event.target.matches("input[readonly]")) event.target.select();
});
