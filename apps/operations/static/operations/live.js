// Keeps the page of an operation up to date: asks how it stands until it has ended, and puts the answer in place.
"use strict";

(() => {
  const EVERY = 1000;
  const EVERY_WHEN_LOST = 5000;
  const SIGNED_OUT = [401, 403];

  async function ask(address) {
    const answer = await fetch(address, { headers: { Accept: "application/json" }, redirect: "manual" });
    if (answer.type === "opaqueredirect" || SIGNED_OUT.includes(answer.status)) {
      window.location.reload(); // to the login, and back to this page
      return new Promise(() => {});
    }
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  async function follow(place) {
    const body = place.querySelector("[data-live-body]");
    const lost = place.querySelector("[data-live-lost]");
    const address = place.dataset.state + window.location.search;
    let shown = "";
    for (;;) {
      let pause = EVERY;
      try {
        const state = await ask(address);
        lost.hidden = true;
        if (state.html !== shown) body.innerHTML = shown = state.html;
        if (state.ended) return;
      } catch {
        lost.textContent = place.dataset.lost;
        lost.hidden = false;
        pause = EVERY_WHEN_LOST;
      }
      await new Promise((next) => setTimeout(next, pause));
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    const place = document.getElementById("live");
    if (place && place.dataset.open === "true") follow(place);
  });
})();
