// The run screen: keeps what is typed a second after it was typed, shows what the other organiser typed, and never
// throws typed text away. Without this file every button of the page saves the whole panel.

const form = document.getElementById("turn");
const kept = document.getElementById("kept");
const others = document.getElementById("others");
const names = form.dataset.fields.split(" ");
const claim = form.elements.claim?.value ?? "";
const closed = "closed" in form.dataset;
const trim = (text) => text.replace(/\r\n?/g, "\n").replace(/\s+$/, "");

// `base`: the newest text of the server that this field's text comes from; `server`: the newest it is known to have.
const fields = names.map((name) => ({
  name, box: form.elements[name], hidden: form.elements[`base_${name}`],
  base: form.elements[`base_${name}`].value, server: form.elements[`base_${name}`].value,
}));
const isDirty = (field) => trim(field.box.value) !== trim(field.base);
if (!closed) say(kept.dataset.ready);
const dirty = () => fields.some(isDirty);
const unsent = () => ["decision", "to_do"].some((name) => form.elements[name]?.value.trim());

let running = null; // the save that is under way
let again = 0; // the timer of the next one
let sends = 0; // counts saves, so that an older answer of the poll isn't taken for newer
let leaving = false;
let etag = "";
let shown = null; // stamp of the lists on the page

function say(text, tone = "") {
  kept.textContent = text;
  kept.className = tone || "mut";
}

function rebase(field, text) {
  field.base = text;
  field.hidden.value = text;
}

// What the server has now; `sent` is what this page gave it, undefined when it only asked.
function take(field, value, sent) {
  const text = value === null || value === undefined ? "" : String(value);
  field.server = text;
  const now = field.box.value;
  if (sent !== undefined) rebase(field, trim(text) === trim(sent) ? text : sent);
  else if (isDirty(field)) return;
  const typing = document.activeElement === field.box;
  if ((sent === undefined || now === sent) && !typing) {
    if (trim(now) !== trim(text)) field.box.value = text;
    rebase(field, text);
  } else if (trim(now) === trim(text)) rebase(field, text);
}

async function ask(path, body) {
  let answer;
  try {
    answer = await fetch(path, { method: "POST", body, headers: { Accept: "application/json" }, keepalive: true });
  } catch {
    return { why: kept.dataset.offline, later: 2000 };
  }
  const isJson = (answer.headers.get("Content-Type") || "").startsWith("application/json");
  if (answer.redirected) return { why: kept.dataset.signedOut, later: 4000 };
  if (!isJson) return { why: kept.dataset.offline, later: 3000 };
  const said = await answer.json();
  return answer.ok ? { said } : { why: kept.dataset.refused.replace("{why}", said.message) };
}

async function send() {
  const body = new FormData();
  body.set("csrf_token", form.elements.csrf_token.value);
  if (claim) body.set("claim", claim);
  const sent = {};
  for (const field of fields) {
    sent[field.name] = field.box.value;
    body.set(field.name, field.box.value);
    body.set(`base_${field.name}`, field.base);
  }
  sends += 1;
  const { said, why, later } = await ask(`${form.dataset.run}/draft`, body);
  sends += 1;
  if (!said) {
    say(why, "err");
    if (later) schedule(later);
    return false;
  }
  for (const field of fields) take(field, said.fields[field.name], sent[field.name]);
  say(said.told || said.saved);
  if (dirty()) schedule(700);
  return true;
}

// Save what is dirty; true when nothing is left unsaved.
async function save() {
  clearTimeout(again);
  again = 0;
  while (running) await running;
  if (closed || !dirty()) return true;
  running = send();
  const done = await running;
  running = null;
  return done;
}

function schedule(after) {
  clearTimeout(again);
  again = setTimeout(save, after);
}

async function flush() {
  form.ariaBusy = "true";
  let clean = false;
  for (let turn = 0; turn < 5 && !clean; turn += 1) {
    if (!(await save())) break;
    clean = !dirty();
  }
  form.ariaBusy = null;
  return clean;
}

if (!closed) {
  for (const field of fields) {
    field.box.addEventListener("input", () => {
      if (isDirty(field)) say(kept.dataset.dirty);
      schedule(1000);
    });
    field.box.addEventListener("blur", () => {
      if (isDirty(field)) save();
      else if (trim(field.box.value) !== trim(field.server)) take(field, field.server);
    });
  }
}

// A tick is kept at once.
form.addEventListener("change", async (event) => {
  const box = event.target;
  if (!box.dataset.person || closed) return;
  const body = new FormData();
  body.set("csrf_token", form.elements.csrf_token.value);
  body.set("person", box.dataset.person);
  body.set("present", box.checked ? "1" : "0");
  const { said, why } = await ask(`${location.pathname.replace(/\/run.*/, "/run")}/attendance`, body);
  if (said) {
    known(box, box.checked);
    say(said.saved);
  } else say(why, "err");
});

// Note beside a box what the server has, so that the form sends only what differs.
function known(box, present) {
  if (box.name === "present") form.elements.was.value = present ? "1" : "0";
  else {
    form.querySelector(`input[name=was_here][value="${box.value}"]`)?.remove();
    if (present) {
      const was = document.createElement("input");
      Object.assign(was, { type: "hidden", name: "was_here", value: box.value });
      form.append(was);
    }
  }
}

// -- what the other organiser does ----------------------------------------------------------------

async function poll() {
  if (document.hidden) return;
  const before = sends;
  let answer;
  try {
    const query = claim ? `?claim=${claim}` : "";
    const headers = etag ? { "If-None-Match": etag } : {};
    const path = `${location.pathname.replace(/\/run.*/, "/run.json")}${query}`;
    answer = await fetch(path, { headers, cache: "no-store" });
  } catch {
    return;
  }
  if (answer.status !== 200 || answer.redirected || before !== sends || running) return;
  etag = answer.headers.get("ETag") || "";
  const said = await answer.json();
  if (before !== sends) {
    etag = "";
    return;
  }
  for (const field of fields) take(field, said.fields[field.name]);
  ticks(said);
  others.hidden = !said.others;
  others.textContent = others.dataset.others.replace("{people}", said.others);
  if (shown !== null && shown !== said.lists) await lists();
  shown = said.lists;
}

function ticks(said) {
  for (const link of document.querySelectorAll("a[data-claim]")) {
    link.querySelector(".heard").hidden = !said.heard.includes(Number(link.dataset.claim));
    link.querySelector(".absent").hidden = !said.away.includes(Number(link.dataset.holder));
  }
  for (const box of form.querySelectorAll("input[data-person]")) {
    const person = Number(box.dataset.person);
    if (document.activeElement === box) continue;
    if (said.here.includes(person)) {
      box.checked = true;
      known(box, true);
    } else if (said.away.includes(person)) {
      box.checked = false;
      known(box, false);
    }
  }
}

// Decisions and action items as the server draws them.
async function lists() {
  const answer = await fetch(location.href, { cache: "no-store" }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("lists");
  if (fresh) document.getElementById("lists").replaceWith(document.adoptNode(fresh));
}

setInterval(() => poll().catch(() => {}), 3000);
poll().catch(() => {});

// -- buttons, links, keys -------------------------------------------------------------------------

// Every form of the page goes only when what was typed is kept: a lost connection leaves the page as it is.
document.addEventListener("submit", async (event) => {
  const sending = event.target;
  if (leaving || closed || (navigator.onLine && !running && !dirty())) {
    leaving = true;
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!(await flush())) return;
  if (!navigator.onLine) return say(kept.dataset.offline, "err");
  leaving = true;
  // Not before this event is over: a form that is being submitted takes no second submission.
  setTimeout(() => sending.requestSubmit(event.submitter));
}, true);
window.addEventListener("pageshow", () => { leaving = false; });

document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || link.target || closed || !dirty()) return;
  event.preventDefault();
  if (await flush()) location.assign(link.href);
});

window.addEventListener("beforeunload", (event) => {
  if (!leaving && (dirty() || unsent())) event.preventDefault();
});

function press(value) {
  const button = form.querySelector(`button[name=step][value="${value}"]:not(.sr)`);
  if (button) form.requestSubmit(button);
}

const go = (which) => document.querySelector(`nav a[${which}]`)?.click();

document.addEventListener("keydown", (event) => {
  const writes = event.target.matches?.("input, textarea, select");
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
  let done = true;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) press(claim ? "next" : "save");
  else if (event.altKey && event.key === "ArrowDown") go("data-next");
  else if (event.altKey && event.key === "ArrowUp") go("data-before");
  else if (!writes && plain && event.key === "j") go("data-next");
  else if (!writes && plain && event.key === "k") go("data-before");
  else if (plain && event.key === "Enter" && ["decision", "to_do", "owner", "due_on"].includes(event.target.name)) press("save");
  else done = false;
  if (!done) return;
  event.preventDefault();
  if (writes) sessionStorage.setItem("run-field", event.target.name);
});

// Who went on by a key goes on typing in the same field.
const last = sessionStorage.getItem("run-field");
sessionStorage.removeItem("run-field");
if (last && !document.querySelector(".note.bad")) form.elements[last]?.focus?.();

// On a wide page the agenda is always open.
const agenda = document.querySelector("details[data-agenda]");
if (agenda && window.matchMedia("(min-width: 60rem)").matches) agenda.open = true;
if (closed) for (const box of form.querySelectorAll("input, textarea, button")) box.disabled = true;
