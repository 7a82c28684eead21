// Sends the form of an import: says before sending what is too large, shows how far the sending is, tells what was wrong.
"use strict";

(() => {
  function excess(form, files) {
    const limits = form.dataset;
    if (files.length > Number(limits.files)) return limits.filesWords;
    const large = files.find((file) => file.size > Number(limits.file));
    if (large) return limits.fileWords.replace("{file}", large.name);
    const total = files.reduce((sum, file) => sum + file.size, 0);
    return total > Number(limits.total) ? limits.totalWords : "";
  }

  function send(form, bar, tell) {
    const request = new XMLHttpRequest();
    const button = form.querySelector("[type=submit]");
    const failed = (words) => {
      bar.hidden = true;
      button.disabled = false;
      tell(words);
    };
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total;
    };
    request.onload = () => {
      const answer = request.response;
      if (answer && answer.location) window.location.assign(answer.location);
      else failed((answer && answer.detail) || form.dataset.brokenWords);
    };
    request.onerror = () => failed(form.dataset.brokenWords);
    request.open("POST", window.location.href);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    bar.value = 0;
    bar.hidden = false;
    button.disabled = true;
    request.send(new FormData(form));
  }

  const form = document.querySelector("[data-upload]");
  const bar = form.querySelector("[data-upload-bar]");
  const problem = form.querySelector("[data-upload-problem]");
  const tell = (words) => {
    problem.textContent = words;
    problem.hidden = !words;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const files = [...form.querySelector("input[type=file]").files];
    const words = excess(form, files);
    tell(words);
    if (!words) send(form, bar, tell);
  });
})();
