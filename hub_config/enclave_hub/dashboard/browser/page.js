// The page of a dashboard. It shows what its kernel is like before it has one, and keeps
// what the visitor does until the kernel is there.

import "./page.css";
import { Kernel, proof } from "./kernel.js";
import { Widgets } from "./widgets.js";
import { WORDS } from "./words.js";

const PATIENCE = 30_000; // milliseconds; several signs of the server

let told = false; // what the kernel knows: before, the address does
const place = document.getElementById("page");
const notice = document.getElementById("notice");

const kernel = new Kernel({
  opened: (comm, message) => widgets.handle_comm_open(comm, message),
  connected,
  lost,
});
const widgets = new Widgets(kernel);

function read(id) {
  const element = document.getElementById(id);
  return element && JSON.parse(element.textContent);
}

function say(text, link) {
  notice.textContent = text;
  if (link) notice.append(" ", link);
  notice.hidden = !text;
}

/** Speak as a whole the language that the widgets speak, also when opened again. */
function follow() {
  const language = place.querySelector(".enc[lang]")?.lang;
  if (!language || language === document.documentElement.lang) return;
  document.documentElement.lang = language;
  const services = location.pathname.replace(/[^/]+\/$/, "");
  document.cookie = `enclave-dashboard-language=${language}; path=${services}; samesite=lax`;
}

function shared() {
  return place.querySelector(`a[href^="${location.pathname}"]`)?.getAttribute("href");
}

/** Have what was chosen stand in the address: to reload, or come back, opens it again. */
function keep() {
  const address = shared() ?? location.pathname;
  if (address !== location.pathname + location.search)
    history.replaceState(null, "", address);
}

function words() {
  return WORDS[document.documentElement.lang] ?? WORDS.en;
}

async function connected(again) {
  if (again) await widgets.beginAnew();
  await widgets.refresh();
  if (!place.querySelector(".enc")) await widgets.show(place.dataset.widget, place);
  place.disabled = false;
  say("");
  told = true;
  keep();
}

function lost(again) {
  place.disabled = true; // what is chosen now would reach nobody; it can be read
  if (again) return say(words().interrupted);
  const link = document.createElement("a");
  // With the question as far as it was understood.
  link.href = shared() ?? location.pathname;
  link.textContent = shared() ? words().openSame : words().open;
  say(words().ended, link);
}

function leave(base, id) {
  const form = new FormData();
  form.append("_xsrf", proof());
  navigator.sendBeacon(`${base}voila/api/shutdown/${id}`, form);
}

/** Show what is there, which no kernel will come to. */
function refuse(said) {
  place.disabled = true;
  const link = document.createElement("a");
  link.href = location.href;
  link.textContent = words().open;
  say(said, link);
}

async function begin() {
  const before = read("before");
  if (before) {
    await widgets.update(before.state);
    await widgets.show(before.widget, place);
  }
  const given = await window.kernelOfVisitor;
  if (!given.kernelId) return refuse(given.failed ?? words().cutOff);
  place.dataset.widget = given.widget;
  addEventListener("pagehide", () => leave(given.baseUrl, given.kernelId));
  // A page that comes back out of a browser's memory has no kernel any more.
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  addEventListener("offline", () => kernel.interrupt());
  addEventListener("online", () => kernel.hurry());
  kernel.connect(given.baseUrl, given.kernelId);
}

new MutationObserver(() => {
  follow();
  if (told) keep();
}).observe(place, {
  attributeFilter: ["lang"],
  childList: true,
  subtree: true,
});
let patience;
window.stillComing = () => {
  clearTimeout(patience);
  patience = setTimeout(() => window.giveKernel({}), PATIENCE);
};
window.stillComing();
// All of the answer is there. If nothing was given until then, nothing comes any more.
addEventListener("load", () => window.giveKernel({}));
begin();
