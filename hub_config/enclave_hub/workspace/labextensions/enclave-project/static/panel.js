// The panel on the left.

import { questions, snippets } from "./snippets.js";

const REFRESH = 60_000; // ms
const NARROW = "(max-width: 600px)"; // where the panel would hide the cell
const QUIET = "no_track_activity=1"; // a panel that looks again is nobody at work

const STYLE = `
.enclave-project { padding: 8px 12px; overflow: auto; color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size1); line-height: 1.5; background: var(--jp-layout-color1); }
.enclave-project h2 { font-size: var(--jp-ui-font-size2); margin: 4px 0; }
.enclave-project h3 { font-size: var(--jp-ui-font-size1); margin: 14px 0 2px; }
.enclave-project p, .enclave-project ul { margin: 2px 0; padding: 0; list-style: none; }
.enclave-project .quiet { color: var(--jp-ui-font-color2); }
.enclave-project .soon { color: var(--jp-error-color1); font-weight: 600; }
.enclave-project button { background: none; border: 1px solid transparent; padding: 2px 4px;
  margin: 0 2px 0 -4px; font: inherit; color: var(--jp-content-link-color); cursor: pointer;
  text-align: left; border-radius: 2px; overflow-wrap: anywhere; }
.enclave-project button:hover { border-color: var(--jp-border-color1); }
.enclave-project button:focus-visible { outline: 2px solid var(--jp-brand-color1); }`;

const make = (tag, text, look) => {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text; // never markup
  if (look) node.className = look;
  return node;
};

const button = (text, onClick) => {
  const node = make("button", text);
  node.type = "button";
  node.addEventListener("click", onClick);
  return node;
};

const list = (nodes) => {
  const all = make("ul");
  for (const node of nodes) {
    const item = make("li");
    item.append(node);
    all.append(item);
  }
  return all;
};

const listing = (server, folder) =>
  server(`api/contents/${folder}?content=1&${QUIET}`).then(
    (found) => found.content.sort((a, b) => a.name.localeCompare(b.name)), () => []);

function grantSection({ say }, facts) {
  const day = (text) => new Date(`${text}T12:00`).toLocaleDateString(say.locale);
  const nodes = facts.grants.map((grant) =>
    make("p", `${say.grant} ${grant.id} ${say.until} ${day(grant.until)}`));
  if (!nodes.length) nodes.push(make("p", say.noGrant));
  const given = facts.delivery;
  const number = (value) => value.toLocaleString(say.locale);
  nodes.push(make("p", given
    ? `${say.delivery} ${given.version} (${day(given.delivered)}): ` +
      `${number(given.persons)} ${say.persons}, ${number(given.rows)} ${say.rows}`
    : say.noDelivery, "quiet"));
  return nodes;
}

function deadlineSection({ say, language }, facts) {
  if (!facts.deadlines.length) return [];
  const rows = facts.deadlines.map((one) => {
    const day = new Date(`${one.day}T12:00`);
    const left = Math.round((day - new Date().setHours(12, 0, 0, 0)) / 86_400_000);
    const text = `${day.toLocaleDateString(say.locale)}: ${one[language]} (${left} ${say.days})`;
    return make("span", text, left <= 30 ? "soon" : "");
  });
  return [make("h3", say.deadlines), list(rows)];
}

async function outboxSection({ say, server }, facts) {
  const files = (await listing(server, "outbox")).map((file) => make("span", file.name));
  const held = files.length ? list(files) : make("p", say.outboxEmpty, "quiet");
  const asked = facts.requests.map((one) =>
    make("span", `${one.number} ${one.title}: ${say.states[one.state] || one.state}`));
  const requests = asked.length ? [make("h3", say.requests), list(asked)] : [];
  return [make("h3", say.outbox), held, make("p", say.outboxHow, "quiet"), ...requests];
}

async function returnSection({ say, server }) {
  const there = (await listing(server, "return")).map((file) => make("span", file.name));
  const held = there.length ? list(there) : make("p", say.returnEmpty, "quiet");
  const nodes = [make("h3", say.giveBack), held, make("p", say.returnHow, "quiet")];
  // The page around this one hands things in; from here it can only be asked for.
  if (window.parent !== window) {
    nodes.push(button(say.giveBackNow, () => window.parent.postMessage("enclave-return", "*")));
  }
  return nodes;
}

async function documentSection({ app, say, server, language }) {
  const mine = (name) => name.endsWith(".da.txt") === (language === "da");
  const about = (await listing(server, "about"))
    .filter((file) => file.name.endsWith(".txt") && mine(file.name));
  const data = (await listing(server, "data")).filter((file) => file.name === "receipt.md");
  const open = (path) => app.commands.execute("docmanager:open", { path });
  const rows = [...about, ...data].map((file) => button(file.name, () => open(file.path)));
  return rows.length ? [make("h3", say.documents), list(rows)] : [];
}

async function templateSection({ app, say, server, Notification }) {
  const files = (await listing(server, "templates"))
    .filter((file) => file.name.endsWith(".ipynb"));
  if (!files.length) return [];
  const copy = async (file) => {
    try {
      const model = await app.serviceManager.contents.copy(file.path, "work");
      await app.commands.execute("docmanager:open", { path: model.path });
    } catch (error) {
      Notification.error(String(error.message || error));
    }
  };
  const rows = files.map((file) =>
    button(file.name.replace(".ipynb", "").replaceAll("_", " "), () => copy(file)));
  return [make("h3", say.templates), list(rows), make("p", say.templatesHow, "quiet")];
}

function snippetSection(lab) {
  const { notebooks, NotebookActions, Notification, say } = lab;
  const insert = (text) => {
    const panel = notebooks.currentWidget;
    if (!panel) return Notification.info(say.openNotebook);
    const current = panel.content.activeCell?.model;
    const free = current?.type === "code" && !current.sharedModel.getSource().trim();
    if (!free) NotebookActions.insertBelow(panel.content);
    panel.content.activeCell.model.sharedModel.setSource(text);
    if (window.matchMedia(NARROW).matches) lab.app.shell.collapseLeft();
    lab.app.shell.activateById(panel.id);
    panel.content.mode = "edit";
  };
  const spec = notebooks.currentWidget?.model?.getMetadata("kernelspec");
  const known = spec?.name === "questions"
    ? questions(lab.language) : snippets[spec?.language === "R" ? "R" : "python"];
  const rows = Object.entries(known).map(([name, text]) => {
    const one = button(name, () => insert(text));
    one.title = text;
    return one;
  });
  return [make("h3", say.snippets), list(rows), make("p", say.snippetsHow, "quiet")];
}

async function fill(lab, node) {
  const facts = JSON.parse(
    (await lab.server(`api/contents/about/project.json?type=file&format=text&${QUIET}`)).content
  );
  const sections = await Promise.all([
    [make("h2", facts.title)], grantSection(lab, facts), deadlineSection(lab, facts),
    outboxSection(lab, facts), returnSection(lab), documentSection(lab), templateSection(lab), snippetSection(lab),
  ]);
  node.replaceChildren(...sections.flat());
}

export function add(lab) {
  const style = make("style", STYLE);
  document.head.append(style);
  const node = make("div", undefined, "enclave-project");
  node.setAttribute("role", "region");
  node.setAttribute("aria-label", lab.say.project);
  const widget = new lab.Widget({ node });
  widget.id = "enclave-project-panel";
  widget.title.label = lab.say.project;
  widget.title.caption = lab.say.project;
  lab.app.shell.add(widget, "left", { rank: 50 });
  const refresh = async () => {
    if (!widget.isVisible) return;
    try {
      await fill(lab, node);
    } catch {
      node.replaceChildren(make("p", lab.say.failed));
    }
  };
  widget.onAfterShow = refresh;
  lab.notebooks.currentChanged.connect(refresh);
  setInterval(refresh, REFRESH);
  refresh();
}
