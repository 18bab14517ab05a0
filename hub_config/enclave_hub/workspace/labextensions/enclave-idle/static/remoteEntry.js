// Says before a workspace that nobody uses is closed, and saves what is open. The hub
// closes it, whatever happens here.

(function () {
  const WORDS = {
    en: {
      closes: (time) => `Nobody has used this workspace for a while. It closes at ${time}; your documents are saved.`,
      keep: "Keep it open",
    },
    da: {
      closes: (time) => `Ingen har brugt dette arbejdsrum i et stykke tid. Det lukker kl. ${time}; dine dokumenter er gemt.`,
      keep: "Hold det åbent",
    },
  };

  const settings = () =>
    JSON.parse(document.getElementById("jupyter-config-data").textContent);

  const ask = async (method) => {
    const { baseUrl } = settings();
    const answer = await fetch(`${baseUrl}enclave/idle`, { method });
    if (!answer.ok) throw new Error(answer.statusText);
    return answer.json();
  };

  // What has not changed is not saved: to save is to use the workspace, which then would
  // never close.
  const saveWhatChanged = (app) => {
    const contexts = new Set();
    for (const widget of app.shell.widgets("main")) {
      const context = widget.context;
      if (context?.model?.dirty && !context.model.readOnly) contexts.add(context);
    }
    return Promise.allSettled([...contexts].map((context) => context.save()));
  };

  const bar = () => {
    const found = document.getElementById("enclave-idle");
    if (found) return found;
    const made = document.createElement("div");
    made.id = "enclave-idle";
    made.setAttribute("role", "alert");
    // Above the status bar: there it hides no menu and no tab.
    made.style.cssText =
      "position: fixed; bottom: 24px; left: 0; right: 0; z-index: 20000; padding: 10px 16px;" +
      " background: #fff4ce; color: #1b1b1b; border-top: 2px solid #b35900;" +
      " font-size: 14px; display: flex; gap: 16px; flex-wrap: wrap; align-items: center";
    document.body.append(made);
    return made;
  };

  const warn = (seconds) => {
    const danish = (navigator.language || "").startsWith("da");
    const words = danish ? WORDS.da : WORDS.en;
    const end = new Date(Date.now() + 1000 * seconds);
    const text = document.createElement("span");
    text.textContent = words.closes(
      end.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }),
    );
    const keep = document.createElement("button");
    keep.textContent = words.keep;
    keep.addEventListener("click", async () => {
      await ask("POST");
      document.getElementById("enclave-idle")?.remove();
    });
    bar().replaceChildren(text, keep);
  };

  const plugin = {
    id: "enclave-idle:warning",
    description: "A warning before the workspace closes.",
    autoStart: true,
    activate: (app) => {
      let warned = false;
      const look = async () => {
        let next = 30;
        try {
          const { closes_in, warning } = await ask("GET");
          if (closes_in <= warning) {
            if (!warned) await saveWhatChanged(app);
            warned = true;
            warn(closes_in);
          } else {
            warned = false;
            document.getElementById("enclave-idle")?.remove();
          }
          next = Math.min(30, Math.max(1, closes_in - warning));
        } catch (error) {
          // The server does not answer: the next look may find it again.
        }
        setTimeout(look, 1000 * next);
      };
      app.restored.then(look);
    },
  };

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB["enclave-idle"] = {
    init: async () => undefined,
    get: async () => () => ({ __esModule: true, default: plugin }),
  };
})();
