// What widgets cannot say about themselves, said as they come and go: which parts are
// read out when they change, in which language they are, and that JupyterLab's own keys
// ("m" makes a cell text, "d d" deletes it) mean nothing while one of ours has the focus.
const root = this.closest(".enc");
const mark = () => {
  for (const part of root.querySelectorAll(".enc-live:not([aria-live])"))
    part.setAttribute("aria-live", "polite");
  const keys = ":is(a, button, input, pre, select, summary, textarea, [tabindex])";
  for (const one of root.querySelectorAll(`${keys}:not([data-lm-suppress-shortcuts])`))
    one.setAttribute("data-lm-suppress-shortcuts", "true");
  for (const language of ["da", "en"])
    for (const page of root.querySelectorAll(`.enc-${language}`)) root.lang = language;
};
new MutationObserver(mark).observe(root, { childList: true, subtree: true });
mark();
