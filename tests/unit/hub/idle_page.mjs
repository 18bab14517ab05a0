// The page's warning, run as a page would: node idle_page.mjs EXTENSION. Prints what it
// saved, in order, after the workspace was twice about to close.
import { readFileSync } from "node:fs";
import vm from "node:vm";

const saved = [];
const open = (name, dirty) => {
  const model = { dirty, readOnly: false };
  const save = async () => { saved.push(name); model.dirty = false; };
  return { context: { model, save } };
};
const changed = open("changed", true);
const widgets = [changed, changed, open("same", false), {}];
const element = () => ({
  style: {}, append() {}, remove() {}, setAttribute() {}, replaceChildren() {}, addEventListener() {},
});
let looks = 0;
const answers = [10, 500, 10];
const page = {
  navigator: { language: "en" }, console, Date, Math, Promise, Set, JSON, Error,
  document: {
    getElementById: (id) =>
      id === "jupyter-config-data" ? { textContent: '{"baseUrl": "/"}' } : null,
    createElement: element, body: element(),
  },
  fetch: async () => ({
    ok: true, json: async () => ({ closes_in: answers[looks++], warning: 60 }),
  }),
  setTimeout: (look) => (looks < answers.length ? look() : console.log(JSON.stringify(saved))),
};
page.window = page;
vm.runInNewContext(readFileSync(process.argv[2], "utf8"), page);
const plugin = (await page.window._JUPYTERLAB["enclave-idle"].get())().default;
const everything = async (command) =>
  command === "docmanager:save-all" && saved.push("changed", "same");
plugin.activate({
  restored: Promise.resolve(),
  shell: { widgets: () => widgets },
  commands: { execute: everything },
});
