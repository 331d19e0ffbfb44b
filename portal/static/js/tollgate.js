// What HTML cannot do by itself: copying, saying that a request failed, and moving the focus to what changed.
(() => {
  const copy = async (text) => {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea"); // the clipboard is closed to pages without TLS
    area.value = text;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = button.dataset.copy || document.getElementById(button.dataset.copyFrom).textContent;
    await copy(source.trim());
    say(button.dataset.done);
    button.classList.add("copied");
    setTimeout(() => button.classList.remove("copied"), 1600);
  });

  const say = (text) => {
    document.getElementById("announce").textContent = text;
  };

  const failed = (event) => {
    const box = document.getElementById("failed");
    box.hidden = false;
    box.querySelector("[data-status]").textContent = event.detail.xhr?.status || "";
    box.focus();
  };
  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:beforeRequest", () => {
    document.getElementById("failed").hidden = true;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const swapped = event.detail.elt;
    const wrong = swapped.querySelector?.("[aria-invalid='true']");
    (wrong ?? (swapped.matches?.("[data-focus]") ? swapped : swapped.querySelector?.("[data-focus]")))?.focus();
  });

  // A choice that reveals a field: the field is shown from the start where there is no script.
  const reveal = (root) =>
    root.querySelectorAll("[data-reveals]").forEach((select) => {
      const target = document.getElementById(select.dataset.reveals);
      const update = () => (target.hidden = select.value !== select.dataset.when);
      select.addEventListener("change", update);
      update();
    });
  document.addEventListener("htmx:load", (event) => reveal(event.detail.elt));
})();
