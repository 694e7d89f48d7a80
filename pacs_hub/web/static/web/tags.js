// The table of attributes: fold sequences, search, show only what differs, copy a value.
"use strict";

(() => {
  const table = document.getElementById("tags");
  if (!table) return;
  const lines = [...table.querySelectorAll("tr[data-path]")];
  const byPath = new Map(lines.map((line) => [line.dataset.path, line]));
  const tools = document.querySelector("[data-tags-tools]");
  const search = document.getElementById("in-page");
  const only = document.getElementById("only-different");
  const closed = new Set();
  tools.hidden = false;

  const above = (line) => {
    const found = [];
    for (let up = line.dataset.under; up; up = byPath.get(up)?.dataset.under) found.push(up);
    return found;
  };
  const show = () => {
    const typed = search.value.trim().toLowerCase();
    const wanted = new Set();
    const narrows = typed || only.checked;
    for (const line of lines) {
      const fits = (!only.checked || line.classList.contains("differs"))
        && (!typed || line.textContent.toLowerCase().includes(typed));
      if (!fits) continue;
      wanted.add(line);
      if (narrows) for (const up of above(line)) wanted.add(byPath.get(up));
    }
    for (const line of lines)
      line.hidden = !wanted.has(line) || (!narrows && above(line).some((up) => closed.has(up)));
    for (const part of table.tBodies)
      part.hidden = ![...part.querySelectorAll("tr[data-path]")].some((line) => !line.hidden);
    document.getElementById("no-tag").hidden = wanted.size > 0;
  };

  for (const button of table.querySelectorAll(".fold-it")) {
    const line = button.closest("tr");
    const close = (yes) => {
      if (yes) closed.add(line.dataset.path); else closed.delete(line.dataset.path);
      button.setAttribute("aria-expanded", String(!yes));
    };
    close(line.dataset.path.includes(".") ? false : !line.classList.contains("differs"));
    button.addEventListener("click", () => { close(!closed.has(line.dataset.path)); show(); });
  }
  search.addEventListener("input", show);
  only.addEventListener("change", show);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "f" || event.ctrlKey || event.metaKey || event.target.closest("input")) return;
    event.preventDefault();
    search.focus();
  });
  table.addEventListener("click", async (event) => {
    const value = event.target.closest(".v");
    if (!value || String(getSelection())) return;
    try { await navigator.clipboard.writeText(value.textContent); } catch { return; }
    value.classList.add("copied");
    setTimeout(() => value.classList.remove("copied"), 900);
  });
  show();
})();
