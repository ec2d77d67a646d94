// source: the files that the trace speaks of, with the line in which the one
// who runs stands, and those in which others wait.
"use strict";

const sources = new Map();
let source_shown = "";

function load_sources() {
    for (const pre of document.querySelectorAll("pre[data-file]"))
        sources.set(pre.dataset.file, pre.textContent.split("\n"));
    $("file").replaceChildren(...[...sources.keys()].map((path) =>
        element("option", { value: path }, path)));
    $("source-box").hidden = sources.size === 0;
}

function build_source(path) {
    source_shown = path;
    $("file").value = path;
    $("source").replaceChildren(...(sources.get(path) ?? []).map((text, i) =>
        element("li", { id: `line-${i + 1}` }, element("code", {},
            text || " "), element("span", { class: "here" }))));
}

// The line of the one who runs is marked, and needs no name.
const is_marked = (state, track) => track.place === state.place;

// The line where somebody stands, and all the others who stand somewhere.
function show_source(state, chosen) {
    const now = chosen === undefined ? state.place : null;
    const file = chosen ?? (sources.has(state.file) ? state.file
        : [...sources.keys()][0] ?? "");

    if (file !== source_shown)
        build_source(file);
    for (const line of $("source").querySelectorAll(".now, .stands")) {
        line.classList.remove("now", "stands");
        line.removeAttribute("aria-current");
        line.querySelector(".here").textContent = "";
    }
    for (const track of state.tracks.values()) {
        const line = track.place?.file === source_shown &&
            track.state !== "ended" &&
            (!state.has_tasks || track.kind === "task") &&
            $(`line-${track.place.line}`);

        if (!line)
            continue;
        const here = line.querySelector(".here");
        line.classList.add("stands");
        if (!is_marked(state, track))
            here.textContent += (here.textContent ? ", " : "") +
                `${short_name(state, track)} ${STATE_WORDS[track.state]}`;
    }
    const line = now !== null && now.file === source_shown &&
        $(`line-${now.line}`);
    if (line) {
        line.classList.add("now");
        line.setAttribute("aria-current", "true");
    }
    const box = $("source"), seen = line || box.querySelector(".stands");
    if (seen)
        box.scrollTop = seen.offsetTop - box.clientHeight / 3;
}
