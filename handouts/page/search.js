// search: every section of every page lies in this page. A section is found
// when it has all the words; those with a word in their title come first.
function find(sections, query) {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    const found = [];

    if (words.length === 0)
        return found;
    for (const [page, id, title, heading, text] of sections) {
        const above = (title + " " + heading).toLowerCase();
        const all = above + " " + text.toLowerCase();
        if (words.every((word) => all.includes(word)))
            found.push({
                href: page + ".html" + (id ? "#" + id : ""),
                title, heading, text, words,
                rank: words.filter((word) => above.includes(word)).length,
            });
    }
    return found.sort((a, b) => b.rank - a.rank);
}

// The text round the first word that stands in it.
function around(text, words) {
    const at = text.toLowerCase().indexOf(words.find((word) =>
        text.toLowerCase().includes(word)) ?? "");
    const start = Math.max(0, text.lastIndexOf(" ", at - 50) + 1);
    const end = text.indexOf(" ", at + 110);

    return (start > 0 ? "… " : "") +
        (end < 0 ? text.slice(start) : text.slice(start, end) + " …");
}

function marked(text, words) {
    const made = document.createElement("p");
    const quoted = words.map((word) =>
        word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));

    for (const part of text.split(new RegExp(`(${quoted.join("|")})`, "gi"))) {
        const known = words.includes(part.toLowerCase());
        const node = known ? document.createElement("mark") : new Text();
        node.textContent = part;
        made.append(node);
    }
    return made;
}

function show(section) {
    const item = document.createElement("li");
    const link = document.createElement("a");

    link.href = section.href;
    link.textContent = section.title === section.heading
        ? section.title : section.title + " › " + section.heading;
    item.append(link, marked(around(section.text, section.words),
        section.words));
    return item;
}

if (typeof document !== "undefined") {
    const most = 20;
    const sections =
        JSON.parse(document.getElementById("sections").textContent);
    const search = document.querySelector(".search");
    const input = search.querySelector("input");
    const update = () => {
        const found = find(sections, input.value);
        search.querySelector("ol").replaceChildren(
            ...found.slice(0, most).map(show));
        search.querySelector("[role=status]").textContent =
            input.value.trim() === "" ? ""
                : found.length === 0 ? "Nothing. Fewer words find more."
                    : found.length === 1 ? "1 section"
                        : found.length <= most ? found.length + " sections"
                            : `the first ${most} of ${found.length} sections`;
    };

    search.hidden = false;
    search.addEventListener("submit", (event) => event.preventDefault());
    input.addEventListener("input", update);
    update();
}
