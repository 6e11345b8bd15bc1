(() => {
  "use strict";
  const infotexts = JSON.parse(document.getElementById("infotexts").textContent);
  const root = document.documentElement;
  const cells = [...document.querySelectorAll("td.cell[data-index]")];
  const byId = (id) => document.getElementById(id);
  const viewer = byId("viewer");
  let current = cells[0];

  for (const cell of cells) {
    const link = cell.firstElementChild;
    link.tabIndex = cell === current ? 0 : -1;
    link.style.setProperty("--brightness", cell.dataset.brightness);
    link.style.setProperty("--detail", cell.dataset.detail);
  }

  function choose(cell) {
    current.firstElementChild.tabIndex = -1;
    current = cell;
    current.firstElementChild.tabIndex = 0;
  }

  function neighbour(cell, across, down) {
    const rows = cell.closest("tbody").rows;
    let row = cell.parentElement.sectionRowIndex;
    let column = cell.cellIndex;
    do {
      row += down;
      column += across;
    } while (rows[row]?.cells[column]?.classList.contains("missing"));
    const found = rows[row]?.cells[column];
    return found?.dataset.index === undefined ? cell : found;
  }

  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  function show(cell) {
    choose(cell);
    const link = cell.firstElementChild;
    byId("picture").src = link.href;
    byId("picture").alt = link.firstElementChild.alt;
    byId("label").textContent = link.firstElementChild.alt;
    byId("remarks").textContent = cell.dataset.remarks;
    byId("parameters").textContent = infotexts[cell.dataset.index];
    byId("file").href = link.href;
    byId("copied").textContent = "";
    if (!viewer.open) viewer.showModal();
  }

  async function copy() {
    const text = byId("parameters").textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const selection = getSelection();
      selection.selectAllChildren(byId("parameters"));
      document.execCommand("copy");
      selection.removeAllRanges();
    }
    byId("copied").textContent = "Copied.";
  }

  function zoom(factor) {
    const slider = byId("zoom");
    slider.value = Number(slider.value) + Math.log2(factor) * 100;
    root.style.setProperty("--cell", `${Math.round(2 ** (slider.value / 100))}px`);
  }

  document.addEventListener("click", (event) => {
    const cell = event.target.closest("td.cell[data-index]");
    if (!cell || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(cell);
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input")) return;
    const move = moves[event.key];
    const focused = document.activeElement.closest("td.cell");
    if (move && viewer.open) {
      event.preventDefault();
      show(neighbour(current, ...move));
    } else if (move && focused) {
      event.preventDefault();
      choose(neighbour(current, ...move));
      current.firstElementChild.focus();
    } else if (event.key === "c" && viewer.open) {
      copy();
    } else if (event.key === "+" || event.key === "=") {
      zoom(1.25);
    } else if (event.key === "-") {
      zoom(0.8);
    }
  });

  viewer.addEventListener("close", () => current.firstElementChild.focus());
  viewer.addEventListener("click", (event) => event.target === viewer && viewer.close());
  byId("picture").addEventListener("click", () => byId("stage").classList.toggle("whole"));
  byId("copy").addEventListener("click", copy);
  byId("close").addEventListener("click", () => viewer.close());
  byId("zoom").addEventListener("input", () => zoom(1));
  byId("theme").addEventListener("click", () => {
    const dark = getComputedStyle(root).colorScheme === "dark";
    root.dataset.theme = dark ? "light" : "dark";
  });
  for (const view of document.querySelectorAll("input[name=view]")) {
    view.addEventListener("change", () => (root.dataset.view = view.value));
  }

  const main = document.querySelector("main");
  const head = main.querySelector("thead tr");
  const room = (main.clientWidth - 180) / (head.cells.length - 1) - 8;
  byId("zoom").value = 100 * Math.log2(Math.min(2 ** (byId("zoom").value / 100), Math.max(96, room)));
  zoom(1);
})();
