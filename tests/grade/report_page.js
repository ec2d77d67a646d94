// Headings of the tables become buttons that sort; numbers as numbers.
"use strict";
for (const table of document.querySelectorAll("table")) {
    const headings = [...table.tHead.rows[0].cells];

    headings.forEach((heading, column) => {
        const button = document.createElement("button");

        button.type = "button";
        button.append(...heading.childNodes);
        heading.append(button);
        button.addEventListener("click", () => sort(table, headings, column));
    });
}

// What a cell is sorted by. The number of "3 of 4" is 3; no number is less.
function value(row, column, by_number) {
    const text = row.cells[column].textContent;
    const number = parseFloat(text);

    if (!by_number)
        return text.toLocaleLowerCase();
    return Number.isNaN(number) ? -1 : number;
}

function sort(table, headings, column) {
    const heading = headings[column];
    const by_number = heading.classList.contains("number");
    const before = heading.getAttribute("aria-sort");
    const way = before === "ascending" || (!before && by_number)
        ? "descending" : "ascending";
    const sign = way === "ascending" ? 1 : -1;
    const rows = [...table.tBodies[0].rows]
        .map((row) => ({ row, key: value(row, column, by_number) }));

    rows.sort((a, b) => sign * (by_number ? a.key - b.key
        : a.key.localeCompare(b.key)));
    table.tBodies[0].append(...rows.map(({ row }) => row));
    for (const other of headings)
        other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", way);
}
