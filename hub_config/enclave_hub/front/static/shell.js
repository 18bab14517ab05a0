// The script of the shell. What is in the frame cannot reach it: another origin.

(function () {
  "use strict";
  const page = document.documentElement;
  const key = "enclave-language";

  function speak(language) {
    page.lang = language.slice(0, 2) === "da" ? "da" : "en";
  }
  speak(localStorage.getItem(key) || navigator.language);
  document.getElementById("language").addEventListener("click", () => {
    speak(page.lang === "da" ? "en" : "da");
    localStorage.setItem(key, page.lang);
  });

  // One menu at a time; Escape, or a click beside it, closes it.
  const menus = [...document.querySelectorAll("details")];
  const close = (but) => menus.forEach((menu) => { if (menu !== but) menu.open = false; });
  menus.forEach((menu) => menu.addEventListener("toggle", () => menu.open && close(menu)));
  document.addEventListener("keydown", (event) => {
    const open = menus.find((menu) => menu.open);
    if (event.key === "Escape" && open) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  });
  document.addEventListener("click", (event) => close(event.target.closest("details")));
  window.addEventListener("blur", () => close(null)); // into the frame

  // A button inside may ask for one thing: to show the way to the page of returns.
  const frame = document.getElementById("workspace");
  const giving = document.getElementById("return");
  window.addEventListener("message", (event) => {
    const asked = event.source === frame.contentWindow && event.data === "enclave-return";
    if (asked && !giving.open && !ended.open) giving.showModal();
  });

  // Somebody else may close the workspace, or sign out in another tab: say so, and why.
  const ended = document.getElementById("ended");
  ended.addEventListener("cancel", (event) => event.preventDefault());

  async function look() {
    let state = {}, status = 0;
    try {
      const answer = await fetch(document.body.dataset.state);
      const json = (answer.headers.get("Content-Type") || "").includes("json");
      state = json ? await answer.json() : {};
      status = answer.status;
    } catch {
      return; // the connection is gone; the workspace says so itself
    }
    if (status === 200 && state.allowed) return ended.close(); // signed in again
    if (status >= 502) return; // the enclave starts again
    const now = status === 401 ? "signed-out" : "closed";
    ended.querySelectorAll("[data-when]").forEach((one) => { one.hidden = one.dataset.when !== now; });
    const reason = document.getElementById("ended-reason");
    reason.hidden = now === "signed-out";
    reason.querySelector("[lang=en]").textContent = state.reason || "";
    reason.querySelector("[lang=da]").textContent = state.danish || state.reason || "";
    document.getElementById("ended-elsewhere").hidden = Boolean(state.reason);
    if (!ended.open) ended.showModal();
  }
  setInterval(look, 20000);
  document.addEventListener("visibilitychange", () => document.hidden || look());
})();
