// A prebuilt extension of JupyterLab, written as it is loaded: no build step.
//
// A panel on the left with the project's grant, deadlines, outbox, documents, templates
// and snippets; in the status bar, what the workspace uses and how long a cell has run.
// What is shown comes from the server of this very workspace.

(function () {
  const here = document.currentScript.src.replace(/remoteEntry\.js.*$/, "");
  const danish = (navigator.language || "en").startsWith("da");
  const settings = () =>
    JSON.parse(document.getElementById("jupyter-config-data").textContent);
  let shared = {};

  // Modules that JupyterLab shares with its extensions.
  const shareable = async (name) => {
    const [version] = Object.values(shared[name]);
    return (await version.get())();
  };

  const server = async (path, options = {}) => {
    const { baseUrl, token } = settings();
    const headers = { Authorization: `token ${token}` };
    const answer = await fetch(`${baseUrl}${path}`, { ...options, headers });
    if (!answer.ok) throw new Error(`${answer.status}`);
    return answer.json();
  };

  const plugin = async () => {
    const { INotebookTracker, NotebookActions } = await shareable("@jupyterlab/notebook");
    const { IStatusBar } = await shareable("@jupyterlab/statusbar");
    const { Widget } = await shareable("@lumino/widgets");
    const { Notification } = await shareable("@jupyterlab/apputils");
    const load = (name) => import(`${here}${name}.js`);
    return {
      id: "enclave-project:panel",
      description: "The project beside its notebooks, and what the workspace uses.",
      autoStart: true,
      requires: [INotebookTracker],
      optional: [IStatusBar],
      activate: async (app, notebooks, statusBar) => {
        const { words } = await load("words");
        const lab = {
          app, notebooks, NotebookActions, Notification, Widget, server,
          say: words[danish ? "da" : "en"], language: danish ? "da" : "en",
        };
        (await load("panel")).add(lab);
        if (statusBar) (await load("status")).add(lab, statusBar);
      },
    };
  };

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB["enclave-project"] = {
    init: async (scope) => {
      shared = scope;
    },
    get: async () => {
      const one = await plugin();
      return () => ({ __esModule: true, default: one });
    },
  };
})();
