// The status bar: how long a cell has run, and what the workspace uses.

const LONG = 20; // seconds after which the end of a cell is told
const POLL = 5_000; // ms

const clock = (seconds) =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

const gigabytes = (bytes) => `${(bytes / 2 ** 30).toFixed(1)} GB`;

function item(lab, statusBar, id, rank) {
  const widget = new lab.Widget();
  widget.node.style.cssText = "line-height: 24px; padding: 0 8px; white-space: nowrap";
  statusBar.registerStatusItem(id, { item: widget, align: "left", rank });
  return widget.node;
}

// One entry for each cell that was sent to a kernel and has not come back.
function watchCells(lab, node) {
  const running = new Map();
  lab.NotebookActions.executionScheduled.connect((_, { cell }) => {
    running.set(cell.model.id, Date.now());
  });
  lab.NotebookActions.executed.connect((_, { cell }) => {
    const began = running.get(cell.model.id);
    running.delete(cell.model.id);
    // Those that waited begin now.
    for (const id of running.keys()) running.set(id, Date.now());
    const took = (Date.now() - began) / 1000;
    if (took > LONG) lab.Notification.info(`${lab.say.took} ${clock(took)}`, { autoClose: 10_000 });
  });
  setInterval(() => {
    const [began] = running.values();
    const long = began && Date.now() - began > 1500;
    const waiting = running.size > 1 ? `, ${running.size - 1} ${lab.say.waiting}` : "";
    node.textContent = long
      ? `${lab.say.running} ${clock((Date.now() - began) / 1000)}${waiting}` : "";
  }, 500);
}

function watchUse(lab, node) {
  let warned = false;
  setInterval(async () => {
    if (document.hidden) return;
    try {
      const use = await lab.server("enclave/use");
      const share = use.largest / use.limit;
      node.textContent =
        `${lab.say.memory} ${gigabytes(use.memory)} (${gigabytes(use.largest)} ` +
        `${lab.say.of} ${gigabytes(use.limit)}) · ${lab.say.processor} ${Math.round(use.processor)} %`;
      node.style.color = share > 0.85 ? "var(--jp-error-color1)" : "";
      if (share > 0.85 && !warned) lab.Notification.warning(lab.say.nearLimit, { autoClose: false });
      warned = share > 0.85;
    } catch {
      node.textContent = "";
    }
  }, POLL);
}

export function add(lab, statusBar) {
  watchCells(lab, item(lab, statusBar, "enclave-project:cell", 90));
  watchUse(lab, item(lab, statusBar, "enclave-project:use", 91));
}
