// Fetches the content of a step when it is opened; without it the link beside the step leads to a page of its own.
"use strict";

(() => {
  async function open(step) {
    const place = step.querySelector("[data-content]");
    if (!step.open || place.dataset.filled) return;
    place.dataset.filled = "1";
    try {
      const answer = await fetch(step.dataset.step, { redirect: "manual" });
      if (answer.type === "opaqueredirect") {
        window.location.reload(); // to the login, and back to this page
        return;
      }
      const body = await answer.text();
      if (answer.ok) place.innerHTML = body;
      else place.textContent = body;
    } catch {
      delete place.dataset.filled; // opened again, it is tried again
    }
  }

  // A reference to a step opens it, and the phase that it is in.
  function show() {
    const step = window.location.hash ? document.getElementById(window.location.hash.slice(1)) : null;
    for (let place = step; place; place = place.parentElement) {
      if (place.tagName === "DETAILS") place.open = true;
    }
    if (step) step.scrollIntoView();
  }

  window.addEventListener("hashchange", show);
  window.addEventListener("DOMContentLoaded", show);
  document.addEventListener("toggle", (event) => {
    if (event.target.matches && event.target.matches("[data-step]")) open(event.target);
  }, true);
})();
