"use strict";
// Sortable tables, arrow keys in the matrix, and everything unfolded for printing.
for (const table of document.querySelectorAll("table.sortable")) {
  table.querySelectorAll("thead th").forEach((head, column) => {
    const button = document.createElement("button");
    button.append(...head.childNodes); head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      table.querySelectorAll("th").forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = row => { const text = row.cells[column].textContent.trim();
        const number = Number(text.replace(/,/g, "")); return text === "" || Number.isNaN(number) ? text : number; };
      const rows = [...table.tBodies[0].rows].map(row => [key(row), row]);
      rows.sort(([a], [b]) => typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? -1 : 1);
      if (down) rows.reverse();
      table.tBodies[0].append(...rows.map(pair => pair[1]));
    });
  });
}

for (const table of document.querySelectorAll("table.matrix")) {
  const rows = [...table.tBodies[0].rows].map(row => [...row.querySelectorAll("button")]).filter(row => row.length);
  // One stop for the tab key; the arrow keys move inside, as in any grid.
  rows.flat().forEach((button, number) => { button.tabIndex = number ? -1 : 0; });
  table.addEventListener("keydown", event => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    const y = rows.findIndex(row => row.includes(document.activeElement));
    if (!step || y < 0) return;
    event.preventDefault();
    const x = rows[y].indexOf(document.activeElement);
    const next = (rows[y + step[0]] ?? rows[y])[x + step[1]];
    if (!next) return;
    document.activeElement.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}

let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  folded.forEach(element => { element.open = true; });
});
addEventListener("afterprint", () => folded.forEach(element => { element.open = false; }));
