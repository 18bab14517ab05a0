// Say where the draft is kept that what is typed is not, and ask before it is left.
"use strict";

const draft = document.getElementById("form");
const kept = document.getElementById("saved");
let unsaved = false;

function warn(words) {
  const notice = document.createElement("div");
  notice.className = "notice";
  notice.setAttribute("role", "alert");
  notice.textContent = words;
  kept.replaceChildren(notice);
  unsaved = true;
}

// htmx tells of each attempt to keep the draft: of an answer first, then of a bad one.
draft.addEventListener("htmx:responseError", (event) => {
  const signedOut = [401, 403].includes(event.detail.xhr.status);
  warn(signedOut ? draft.dataset.signedOut : draft.dataset.unsaved);
});
draft.addEventListener("htmx:sendError", () => warn(draft.dataset.unsaved));
// A refusal is an answer as well: it says so itself.
kept.addEventListener("htmx:afterSwap", () => {
  unsaved = kept.querySelector("[data-refused]") !== null;
});

// Each save makes a new version, and of two at once the later is refused. So who presses
// a button while one is on its way waits for that, and none begins after. Who presses
// twice presses once.
let underway = false;
let leaving = false;
let held = null;

draft.addEventListener("htmx:beforeRequest", (event) => {
  if (leaving) event.preventDefault();
  else underway = true;
});
draft.addEventListener("htmx:afterRequest", () => {
  underway = false;
  if (!held) return;
  const { pressed } = held;
  held = null;
  setTimeout(() => {
    leaving = false;
    draft.requestSubmit(pressed);
  });
});
draft.addEventListener("submit", (event) => {
  if (leaving || underway) event.preventDefault();
  if (leaving) return;
  unsaved = false;
  leaving = true;
  if (underway) held = { pressed: event.submitter };
});
window.addEventListener("pageshow", () => { leaving = false; });

window.addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});
