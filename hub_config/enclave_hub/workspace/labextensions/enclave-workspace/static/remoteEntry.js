// A prebuilt extension of JupyterLab, small enough to be written as it is loaded: a
// container with one module, whose default export is the plugin.
//
// Pages of a workspace may open no other tab, so JupyterLab's own "Hub Control Panel",
// which opens one, is switched off; this link leads there in the same tab.

(function () {
  const settings = () =>
    JSON.parse(document.getElementById("jupyter-config-data").textContent);

  const plugin = {
    id: "enclave-workspace:project",
    description: "The project, and the way back to the hub.",
    autoStart: true,
    activate: (app) => {
      const { hubPrefix, hubServerName } = settings();
      const bar = document.createElement("div");
      bar.style.cssText =
        "margin-left: auto; padding: 0 12px; line-height: 28px; white-space: nowrap;" +
        " color: var(--jp-ui-font-color1); font-size: var(--jp-ui-font-size1)";
      const project = document.createElement("span");
      project.textContent = hubServerName + " · ";
      const link = document.createElement("a");
      link.href = hubPrefix + "home";
      link.textContent = "My projects";
      link.style.color = "var(--jp-content-link-color)";
      bar.append(project, link);
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
    get: async () => () => ({ __esModule: true, default: plugin }),
  };
})();
