// The next dates of a series follow what is typed. Without this file the button “Preview the dates” shows them.

const form = document.querySelector("form[data-dates]");
const dates = document.getElementById("dates");
let waiting = 0;
let asked = null;

async function show() {
  asked?.abort();
  asked = new AbortController();
  const address = new URL(form.dataset.dates, location.href);
  for (const [name, value] of new FormData(form)) {
    if (name !== "csrf_token" && name !== "version") address.searchParams.append(name, value);
  }
  try {
    const answer = await fetch(address, { signal: asked.signal, headers: { Accept: "text/html" } });
    if (answer.ok && !answer.redirected) dates.innerHTML = await answer.text();
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
}

form.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(show, 350);
});
