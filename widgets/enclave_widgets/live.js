// What widgets cannot say about themselves, said as they come and go: which parts are
// read out when they change, and in which language they are.
const root = this.closest(".enc");
const mark = () => {
  for (const part of root.querySelectorAll(".enc-live:not([aria-live])"))
    part.setAttribute("aria-live", "polite");
  for (const language of ["da", "en"])
    for (const page of root.querySelectorAll(`.enc-${language}`)) root.lang = language;
};
new MutationObserver(mark).observe(root, { childList: true, subtree: true });
mark();
// Single keys of JupyterLab's ("m" makes a cell text, the arrows leave it) mean nothing
// while one of ours has the focus; those with Ctrl or Alt, as for saving, still do. Lab
// listens on the document, so this has to come before.
window.addEventListener(
  "keydown",
  (event) => {
    if (!root.contains(event.target)) return;
    const combined = event.ctrlKey || event.metaKey || event.altKey;
    event.target.toggleAttribute("data-lm-suppress-shortcuts", !combined);
  },
  true,
);
