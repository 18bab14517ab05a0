// A prebuilt extension of JupyterLab, small enough to be written as it is loaded: a
// container with one module, whose default export are the plugins.
//
// The way back to the hub is in the shell around the page: from here nothing leads out.

(function () {
  const settings = () =>
    JSON.parse(document.getElementById("jupyter-config-data").textContent);

  // On a telephone a side panel would leave the notebook a strip. It goes out of the way
  // when a document comes to the front; its tab brings it back.
  const narrow = {
    id: "enclave-workspace:narrow",
    description: "Room for the document on a narrow screen.",
    autoStart: true,
    activate: (app) => {
      const screen = window.matchMedia("(max-width: 600px)");
      const makeRoom = () => {
        if (!screen.matches) return;
        app.shell.collapseLeft();
        app.shell.collapseRight();
      };
      app.restored.then(() => {
        makeRoom();
        screen.addEventListener("change", makeRoom);
        app.shell.currentChanged.connect(makeRoom);
      });
    },
  };

  const project = {
    id: "enclave-workspace:project",
    description: "The project.",
    autoStart: true,
    activate: (app) => {
      const { hubServerName } = settings();
      const bar = document.createElement("div");
      bar.style.cssText =
        "margin-left: auto; padding: 0 12px; line-height: 28px; white-space: nowrap;" +
        " color: var(--jp-ui-font-color1); font-size: var(--jp-ui-font-size1)";
      const project = document.createElement("span");
      project.textContent = hubServerName;
      bar.append(project);
      // The shell is a Lumino widget; its parent class is Widget itself.
      const Widget = Object.getPrototypeOf(app.shell.constructor);
      const widget = new Widget({ node: bar });
      widget.id = "enclave-workspace-project";
      app.shell.add(widget, "top", { rank: 10000 });
    },
  };

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB["enclave-workspace"] = {
    init: async () => undefined,
    get: async () => () => ({ __esModule: true, default: [project, narrow] }),
  };
})();
