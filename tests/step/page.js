// page: shows the state after the steps so far, and moves through them. All
// that is shown is made of fold(); nothing is remembered but the place.
"use strict";

const $ = (id) => document.getElementById(id);

// One recording: its steps, and which of them have a sentence.
let run = { steps: [], shown: [], sentences: [], turns: [] };
let place = 0;         // how many of the shown steps have been

function element(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);

    for (const [key, value] of Object.entries(attributes))
        node.setAttribute(key, value);
    node.append(...children);
    return node;
}

// --- a recording -------------------------------------------------------------

// Those steps that have a sentence, and the turns that one can predict.
function prepare(steps) {
    const shown = [], sentences = [], gone_on = new Set();

    replay(steps, steps.map((step, k) => k), (state, k) => {
        const text = sentence(steps[k], state, gone_on);

        if (steps[k].event.ph === "B")
            gone_on.add(track_of(steps[k].event));
        if (text !== null) {
            shown.push(k);
            sentences.push(text);
        }
    });
    return { steps, shown, sentences, turns: turns_of(steps, shown) };
}

// How many steps are folded at a place: silent ones belong to the one before.
const folded_at = (p) => p >= run.shown.length ? run.steps.length
    : run.shown[p];

const state_at = (p) => fold(run.steps, folded_at(p));

function show_problem(text) {
    $("problem").textContent = text;
    $("problem").hidden = text === "";
}

// Takes a trace; false, with the reason on the page, if it is damaged.
function open_trace(text, name) {
    try {
        const steps = steps_of(read_trace(text)), { broken } = fold(steps,
            steps.length);

        if (broken.length > 0)
            throw new Refusal(`line ${broken[0].number}: ${broken[0].law}`);
        run = prepare(steps);
    } catch (error) {
        if (!(error instanceof Refusal))
            throw error;
        show_problem(`${name} is not shown: ${error.message}.`);
        return false;
    }
    show_problem("");
    begin_predictions();
    const { title, program } = state_at(run.shown.length);
    $("title").textContent = title || program || name;
    document.title = `Step by step: ${$("title").textContent}`;
    $("slider").max = run.shown.length;
    draw_timeline($("lanes"), run.steps, run.shown);
    $("events").replaceChildren(...run.sentences.map((text, p) =>
        element("li", {}, event_button(text, p + 1))));
    move(0);
    return true;
}

function event_button(text, to) {
    const button = element("button", { type: "button" }, text);

    button.addEventListener("click", () => move(to));
    return button;
}

// --- to show a state ---------------------------------------------------------

const STATE_WORDS = { runs: "running", ready: "ready", waits: "waiting",
    sleeps: "asleep", ended: "ended", new: "new" };

const last_part = (path) => path.split("/").pop();

function task_row(state, track) {
    const waits = track.state === "waits" && track.waits
        ? wait_in_words(state, track.waits)
        : track.state === "sleeps" && track.call
            ? track.call.name + (track.call.args.conn === undefined ? ""
                : `, for ${state.conns.get(track.call.args.conn)?.name}`)
            : "";
    const at = track.place === null || track.state === "ended" ? ""
        : `${track.place.name}(), ${last_part(track.place.file)}:` +
            track.place.line;

    return element("tr", { "data-state": track.state },
        element("th", { scope: "row" },
            short_name(state, track)),
        element("td", {}, element("span", { class: `chip ${track.state}` },
            STATE_WORDS[track.state])),
        element("td", { "data-label": "for" }, waits),
        element("td", { "data-label": "at" }, element("code", {}, at)));
}

function show_tasks(state) {
    const tracks = [...state.tracks.values()].filter((track) =>
        track.kind !== "wire" && (state.has_tasks ? track.kind === "task"
            : track.state !== "new"));

    $("tasks-title").textContent = state.has_tasks ? "Tasks" : "Processes";
    $("tasks").replaceChildren(...tracks.map((track) => task_row(state,
        track)));
    $("queue-box").hidden = !state.has_tasks;
    const items = $("predict").checked
        ? [element("li", { class: "none" }, "covered while you predict")]
        : state.queue.map((id) => element("li", { "data-track": id },
            short_name(state, state.tracks.get(id))));
    $("queue").replaceChildren(...items);
    if (items.length === 0)
        $("queue").append(element("li", { class: "none" }, "nobody"));
}

function conn_row(conn) {
    const bar = element("span", { class: "bar", "aria-hidden": "true" });

    bar.style.width = `${Math.min(conn.unread, 40) / 40 * 100}%`;
    return element("li", { "data-conn": conn.number },
        element("strong", {}, conn.name), " ",
        element("span", { class: "quiet" }, conn.state +
            (conn.fd === null ? "" : `, descriptor ${conn.fd}`)),
        element("span", { class: "tank" }, bar),
        element("span", { class: "count" }, `${conn.unread} unread`),
        element("span", { class: "quiet" },
            `${conn.arrived || conn.read} came, ${conn.written} went`));
}

function show_kernel(state) {
    const conns = [...state.conns.values()].filter((conn) =>
        conn.state !== "unknown");

    $("kernel").replaceChildren(...conns.map(conn_row));
    if (conns.length === 0)
        $("kernel").append(element("li", { class: "none" }, "no connection"));
}

function who_is(state, fd, conn) {
    const known = conn !== undefined ? state.conns.get(conn)
        : [...state.conns.values()].find((one) => one.fd === fd);
    const waiter = [...state.tracks.values()].find((track) =>
        track.state === "waits" && track.waits?.fd === fd);

    return `${fd}` + (known ? `: ${known.name}` : "") +
        (waiter ? `, for ${name_of(state, waiter)}` : "");
}

function show_watched(state) {
    const { asked: set } = state;
    const items = set === null
        ? [...state.watched.values()].map(({ fd, conn }) =>
            element("li", {}, who_is(state, fd, conn)))
        : [...new Set([...set.read, ...set.write])].map((fd) =>
            element("li", {}, who_is(state, fd) +
                (set.read.includes(fd) ? ", to read" : "") +
                (set.write.includes(fd) ? ", to write" : ""),
            ...(set.ready?.includes(fd)
                ? [" ", element("span", { class: "chip ready" }, "ready")]
                : [])));

    $("watched-title").textContent = set === null ? "Watched by epoll"
        : `Watched by ${set.name}`;
    $("watched-box").hidden = items.length === 0;
    $("watched").replaceChildren(...items);
}

// --- all of it ---------------------------------------------------------------

function show() {
    const state = state_at(place), count = run.shown.length;

    document.body.dataset.place = place;
    $("sentence").textContent = place === 0
        ? "Nothing has happened yet. Go on with Next, or the right arrow key."
        : run.sentences[place - 1];
    $("position").textContent = `step ${place} of ${count}` +
        (place === 0 ? "" : `, at ${(state.at / 1e6).toFixed(1)} ms`);
    $("slider").value = place;
    $("slider").setAttribute("aria-valuetext", `step ${place} of ${count}`);
    $("back").disabled = $("first").disabled = place === 0;
    $("next").disabled = $("turn").disabled = place === count;
    show_tasks(state);
    show_kernel(state);
    show_watched(state);
    show_source(state);
    $("timeline").style.setProperty("--at", place / count);
    $("timeline").classList.toggle("covered", $("predict").checked);
    $("said").textContent = state.log.join("").replaceAll("\\n", "\n");
    $("said-box").hidden = state.log.length === 0;
    const button = $("events").children[place - 1]?.firstChild;
    for (const other of $("events").querySelectorAll("[aria-current]"))
        other.removeAttribute("aria-current");
    button?.setAttribute("aria-current", "step");
}

function move(to) {
    place = Math.max(0, Math.min(to, run.shown.length));
    $("question").hidden = true;
    show();
}

// --- hands -------------------------------------------------------------------

const MOVES = {
    ArrowRight: () => forward(place + 1),
    ArrowLeft: () => move(place - 1),
    Home: () => move(0),
    End: () => move(run.shown.length),
    n: () => forward(next_turn()),
    p: () => $("predict").click(),
};

function on_key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey ||
        event.target.matches("input[type=range], input[type=file], select") ||
        (event.target.closest(".scrolls") && !/^Arrow(Left|Right)$|^[np]$/
            .test(event.key)) || !MOVES[event.key])
        return;
    event.preventDefault();
    MOVES[event.key]();
}

function begin() {
    $("first").addEventListener("click", () => move(0));
    $("back").addEventListener("click", () => move(place - 1));
    $("next").addEventListener("click", () => forward(place + 1));
    $("turn").addEventListener("click", () => forward(next_turn()));
    $("slider").addEventListener("input", (event) =>
        move(Number(event.target.value)));
    $("predict").addEventListener("change", () => move(place));
    $("file").addEventListener("change", (event) =>
        show_source(state_at(place), event.target.value));
    $("lanes").addEventListener("click", (event) => {
        const { left, width } = $("lanes").querySelector("svg")
            .getBoundingClientRect();
        move(Math.ceil((event.clientX - left) / width * run.shown.length));
    });
    $("trace").addEventListener("change", async (event) => {
        const [file] = event.target.files;
        if (file)
            open_trace(await file.text(), file.name);
    });
    document.addEventListener("keydown", on_key);
    load_sources();
    open_trace($("recording").textContent.trimStart(), "this recording");
}

begin();
