// How far a file is follows by itself. Without this file the page loads itself anew every few seconds.

const place = document.getElementById("job");

async function look() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.ok && !answer.redirected) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = page.getElementById("job");
      if (now?.dataset.state !== place.dataset.state) return location.reload();
      place.replaceChildren(...now.childNodes);
    }
  } catch {
    // The server is away for a moment: the next look finds it.
  }
  setTimeout(look, 2000);
}

setTimeout(look, 2000);
